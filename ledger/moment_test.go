package ledger_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cella-secrets/cella/ledger"
	"github.com/cella-secrets/cella/secret"
)

// at returns the record with these times, in the order of its values.
func at(r ledger.Entry, seconds ...int64) ledger.Entry {
	r = unordered(unordered(r)) // a copy
	for i := range r.Fingerprints {
		r.Fingerprints[i].At = time.Time{}
		if i < len(seconds) && seconds[i] > 0 {
			r.Fingerprints[i].At = time.Unix(seconds[i], 0).UTC()
		}
	}
	return r
}

// TestTimesComeBack: every value has the time that was put, as far as it can
// be written, and how large the record is does not depend on it.
func TestTimesComeBack(t *testing.T) {
	k := keys(t, 'a', 0)
	plain := record(k, site, "A", "v")
	tests := map[string]struct {
		at   time.Time
		want int64
		text string
	}{
		"unknown":         {time.Time{}, 0, ":0000000 "},
		"the first":       {time.Unix(1, 0), 1, ":0000001 "},
		"now":             {time.Unix(1790000300, 0), 1790000300, ":0tlpx2k "},
		"the last":        {time.Unix(78364164095, 0), 78364164095, ":zzzzzzz "},
		"elsewhere":       {time.Unix(35, 0).In(time.FixedZone("CET", 3600)), 35, ":000000z "},
		"within a second": {time.Unix(36, 999999999), 36, ":0000010 "},
		"1970":            {time.Unix(0, 0), 0, ":0000000 "},
		"before":          {time.Unix(-1, 0), 0, ":0000000 "},
		"too late":        {time.Unix(78364164096, 0), 0, ":0000000 "},
	}
	size := 0
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			put := at(plain)
			put.Fingerprints[0].At = test.at
			s := stored(t, k, site, put)
			got, _ := s.book(site, k).Entry("A")
			if d := diff(at(plain, test.want), got); d != "" || !strings.Contains(s.text(first), test.text) {
				t.Errorf("the record that comes back, of %q:\n%s", test.text, d)
			}
			if n := len(s.text(first)); size != 0 && n != size {
				t.Errorf("%d bytes, with another time %d", n, size)
			} else {
				size = n
			}
		})
	}
}

func TestAppliedAt(t *testing.T) {
	k := keys(t, 'a', 0)
	r := at(record(k, site, "A", "v", "dev", "live"), 10, 20)
	pending, taking := r, r
	pending.State, taking.State = ledger.Pending, ledger.Taking
	for name, c := range map[string]struct {
		record ledger.Entry
		env    secret.Env
		want   int64
		reason string
	}{
		"default":  {r, "", 10, ""},
		"override": {r, "dev", 20, "each value has a time of its own"},
		"no time":  {r, "live", 0, "an older cella, or a clock that nobody could ask"},
		"no value": {r, "test", 0, ""},
		"pending":  {pending, "", 0, "nobody knows whether the write took effect"},
		"taking":   {taking, "", 0, "nobody knows whether the write took effect"},
	} {
		got, known := c.record.AppliedAt(c.env)
		if known != (c.want > 0) || known && got.Unix() != c.want || !known && !got.IsZero() {
			t.Errorf("%s: %v, %v, want %d: %s", name, got, known, c.want, c.reason)
		}
	}
}

// TestSame changes one part of a record after another.
func TestSame(t *testing.T) {
	k := keys(t, 'a', 0)
	r := at(record(k, site, "A", "v", "dev", "live"), 10, 20, 30)
	for name, c := range map[string]struct {
		change func(*ledger.Entry)
		same   bool
	}{
		"nothing":         {func(*ledger.Entry) {}, true},
		"times":           {func(r *ledger.Entry) { *r = at(*r, 11, 0, 31) }, true},
		"order":           {func(r *ledger.Entry) { *r = unordered(*r) }, true},
		"order of scopes": {func(r *ledger.Entry) { r.Scopes = secret.Scopes{"web", "web"} }, true},
		"name":            {func(r *ledger.Entry) { r.Name = "B" }, false},
		"type":            {func(r *ledger.Entry) { r.Type = "env" }, false},
		"scopes":          {func(r *ledger.Entry) { r.Scopes = nil }, false},
		"protection":      {func(r *ledger.Entry) { r.Protect = true }, false},
		"state":           {func(r *ledger.Entry) { r.State = ledger.Pending }, false},
		"a value":         {func(r *ledger.Entry) { r.Fingerprints[1].Fingerprint.Sum[0]++ }, false},
		"a key":           {func(r *ledger.Entry) { r.Fingerprints[1].Fingerprint.Key[0]++ }, false},
		"an environment":  {func(r *ledger.Entry) { r.Fingerprints[1].Env = "test" }, false},
		"fewer":           {func(r *ledger.Entry) { r.Fingerprints = r.Fingerprints[:2] }, false},
	} {
		other := unordered(unordered(r))
		c.change(&other)
		if r.Same(other) != c.same || other.Same(r) != c.same {
			t.Errorf("%s: same is %v and %v, want %v", name, r.Same(other), other.Same(r), c.same)
		}
	}
}

// TestPutKeepsTimes: who writes a record without times says nothing of when,
// so what is stored counts where the value is the same.
func TestPutKeepsTimes(t *testing.T) {
	k := keys(t, 'a', 0)
	stands := at(record(k, site, "A", "v", "dev", "live"), 10, 20)
	changed := record(k, site, "A", "w", "dev", "live")
	mixed := at(stands)
	mixed.Fingerprints[1] = changed.Fingerprints[1]
	pending := at(stands)
	pending.State = ledger.Pending
	fewer := at(stands)
	fewer.Fingerprints = fewer.Fingerprints[1:]
	for name, c := range map[string]struct {
		put    ledger.Entry
		want   []int64
		writes int
		reason string
	}{
		"the same, no times":      {at(stands), []int64{10, 20, 0}, 0, "nothing changed"},
		"the same, unordered":     {unordered(at(stands)), []int64{10, 20, 0}, 0, "nothing changed"},
		"the same, another time":  {at(stands, 11), []int64{11, 20, 0}, 1, "it was applied again"},
		"a time that was unknown": {at(stands, 0, 0, 30), []int64{10, 20, 30}, 1, "now it is known"},
		"another value":           {at(mixed), []int64{10, 0, 0}, 1, "when that was applied is not known"},
		"other values, a time":    {at(changed, 15), []int64{15, 0, 0}, 1, "all are others"},
		"pending":                 {pending, []int64{10, 20, 0}, 1, "the times wait for what becomes of it"},
		"an override removed":     {fewer, []int64{20, 0}, 1, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := stored(t, k, site, stands)
			writes, stored := encode(t, put(s.book(site, k).Revise(), c.put), k)
			got, _ := stored.Entry("A")
			if d := diff(at(got, c.want...), got); d != "" || len(writes) != c.writes {
				t.Errorf("%d writes, want %d, times: %s\n%s", len(writes), c.writes, c.reason, d)
			}
		})
	}
	unset := store{}
	unset.apply(t, must(put(stored(t, k, site, stands).book(site, k).Reset(), at(stands)).Encode(k, run, origin))[1:]...)
	if got, _ := unset.book(site, k).Entry("A"); diff(at(stands), got) != "" {
		t.Error("a ledger that was given up says when a value was applied")
	}
}

// TestRekeyingKeepsTimes: chunks are rewritten as they are, and a fingerprint
// that is made anew asks the former one.
func TestRekeyingKeepsTimes(t *testing.T) {
	old, rotating, done := keys(t, 'o', 0), keys(t, 'n', 'o'), keys(t, 'n', 0)
	stands := at(record(old, site, "A", "v", "dev", "live"), 10, 20)
	s := stored(t, old, site, stands)
	stored := s.book(site, rotating)
	writes, chunks := encode(t, stored.Revise(), rotating)
	if got, _ := chunks.Entry("A"); len(writes) != 1 || diff(stands, got) != "" {
		t.Errorf("under the new key, after %s: %v", describe(writes), got)
	}
	anew := at(record(rotating, site, "A", "v", "dev", "live"))
	for i, made := range anew.Fingerprints {
		anew.Fingerprints[i].At = rotating.Since(site, stands, made.Env, secret.NewValue("v"))
	}
	writes, _ = encode(t, put(stored.Revise(), anew), rotating)
	s.apply(t, writes...)
	if got, _ := s.book(site, done).Entry("A"); diff(at(record(done, site, "A", "v", "dev", "live"), 10, 20), got) != "" {
		t.Errorf("once the rotation is done: %v", got)
	}
}

func TestSince(t *testing.T) {
	k := keys(t, 'a', 'o')
	v, shopfront := secret.NewValue("v"), identity("shopfront")
	stands := at(record(k, site, "A", "v", "dev", "live"), 10, 20)
	pending, former := stands, at(record(k, shopfront, "A", "v"), 5)
	pending.State = ledger.Pending
	for name, c := range map[string]struct {
		keys   ledger.Keys
		id     ledger.Identity
		past   ledger.Entry
		env    secret.Env
		value  secret.Value
		want   int64
		reason string
	}{
		"the value":          {k, site, stands, "", v, 10, ""},
		"an override":        {k, site, stands, "dev", v, 20, ""},
		"no time":            {k, site, stands, "live", v, 0, "there is none"},
		"no override":        {k, site, stands, "test", v, 0, "there is none"},
		"another value":      {k, site, stands, "", secret.NewValue("w"), 0, "that one was not applied"},
		"no value":           {k, site, stands, "", secret.Value{}, 0, "nothing is known of it"},
		"pending":            {k, site, pending, "", v, 0, "nobody knows whether it was applied"},
		"a former name":      {k, shopfront, former, "", v, 5, "the fingerprint was made with that name"},
		"not of that name":   {k, site, former, "", v, 0, "the fingerprint was made with another name"},
		"the previous key":   {k, site, at(record(keys(t, 'o', 0), site, "A", "v"), 7), "", v, 7, "it still counts in full"},
		"a key that is lost": {keys(t, 'x', 0), site, stands, "", v, 0, "it cannot be told"},
		"no record":          {k, site, ledger.Entry{}, "", v, 0, ""},
	} {
		got := c.keys.Since(c.id, c.past, c.env, c.value)
		if got.IsZero() != (c.want == 0) || c.want > 0 && got.Unix() != c.want {
			t.Errorf("%s: %v, want %d: %s", name, got, c.want, c.reason)
		}
	}
}

// TestTimesAreUnderTheMAC: a time cannot be edited, and is written in one way.
func TestTimesAreUnderTheMAC(t *testing.T) {
	k := keys(t, 'a', 0)
	for name, c := range map[string]struct{ text, reason string }{
		"later":        {":0tlpx2l ", "its checksum (MAC) is wrong"},
		"unknown":      {":0000000 ", "its checksum (MAC) is wrong"},
		"in capitals":  {":0TLPX2K ", "is not written the way cella writes it"},
		"shorter":      {":tlpx2k ", "is not written the way cella writes it"},
		"longer":       {":00tlpx2k ", "is not written the way cella writes it"},
		"signed":       {":+tlpx2k ", "is not written the way cella writes it"},
		"negative":     {":-tlpx2k ", "is not written the way cella writes it"},
		"empty":        {": ", "is not a record"},
		"left out":     {" ", "is not a record"},
		"no digits":    {":0tlp.2k ", "is not a record"},
		"two of them":  {":0tlpx2k:0tlpx2k ", "is not a record"},
		"out of range": {":1000000000000000 ", "is not a record"},
	} {
		s := stored(t, k, site, record(k, site, "A", "v"))
		s.replace(first, ":0tlpx2k ", c.text)
		if stored := s.book(site, k); stored.Status != ledger.Damaged || !strings.HasSuffix(stored.Reason, c.reason) {
			t.Errorf("%s: Read = %s (%s), want damaged (%s)", name, stored.Status, stored.Reason, c.reason)
		}
	}
}
