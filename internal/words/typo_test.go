package words

import "testing"

func TestSlip(t *testing.T) {
	tests := map[string]struct {
		name, known string
		near        bool
		reason      string
	}{
		"a letter more":           {"ACF_PRO_KEYS", "ACF_PRO_KEY", true, "one letter"},
		"a letter less":           {"ACF_PRO_KE", "ACF_PRO_KEY", true, "one letter"},
		"another letter":          {"ACF_PRO_KEX", "ACF_PRO_KEY", true, "one letter"},
		"two changed places":      {"ACF_RPO_KEY", "ACF_PRO_KEY", true, "that is how hands slip"},
		"in lower case":           {"acf_pro_key", "ACF_PRO_KEY", true, "Pantheon tells them apart, and people don't"},
		"a joint less":            {"ACF_PROKEY", "ACF_PRO_KEY", true, "one letter"},
		"two in a long one":       {"STRPE_SECRT_KEY", "STRIPE_SECRET_KEY", true, "two letters of many"},
		"two in a short one":      {"ACF_PR_KE", "ACF_PRO_KEY", false, "two letters of few"},
		"host and port":           {"SMTP_HOST", "SMTP_PORT", false, "another word"},
		"long host and port":      {"NEWSLETTER_SMTP_HOST", "NEWSLETTER_SMTP_PORT", false, "another word of the same length"},
		"numbers":                 {"API_KEY_1", "API_KEY_2", false, "they are counted"},
		"a number joined":         {"API_KEY1", "API_KEY2", false, "they are counted"},
		"countries":               {"STRIPE_KEY_EU", "STRIPE_KEY_AU", false, "a short part"},
		"letters":                 {"SALT_A", "SALT_B", false, "a short part"},
		"another name altogether": {"SEARCH_KEY", "ACF_PRO_KEY", false, "nothing alike"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, near := Slip(test.name, []string{"OTHER", test.known})
			if near != test.near || near && got != test.known {
				t.Errorf("Slip(%s, %s) = %q, %v; %s", test.name, test.known, got, near, test.reason)
			}
		})
	}
	if _, near := Slip("A_KEY", []string{"A_KEY", "A_KEYS"}); near {
		t.Error("a name that is known is taken for another one")
	}
}
