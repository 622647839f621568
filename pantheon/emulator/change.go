package emulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"unicode/utf8"
)

// creation is the body of a create.
type creation struct {
	Name   string   `json:"name"`
	Value  *string  `json:"value"`
	Type   string   `json:"type"`
	Scopes []string `json:"scopes"`
}

// patch is the body of a change. Value is kept raw, because null and left out
// are different things.
type patch struct {
	Env   *string         `json:"env"`
	Value json.RawMessage `json:"value"`
}

// decode reads a body strictly: a key that the operation does not take, such
// as the type in a PATCH or one in other letters, is refused, because it could
// not be obeyed.
func decode(body []byte, into any, keys ...string) error {
	if !utf8.Valid(body) {
		return errors.New("the body is not UTF-8")
	}
	var fields map[string]json.RawMessage
	err := json.Unmarshal(body, &fields)
	for key := range fields {
		// The decoder takes a key in any case.
		if !slices.Contains(keys, key) {
			err = errors.New("unknown key")
		}
	}
	if err != nil || json.Unmarshal(body, into) != nil {
		return errors.New("the body is not the JSON object that this operation takes")
	}
	return nil
}

// patchOperation tells the three uses of PATCH apart, also in bodies that will
// be refused.
func patchOperation(body []byte) Operation {
	var asked patch
	if json.Unmarshal(body, &asked) != nil || asked.Env == nil {
		return SetDefault
	}
	if string(asked.Value) == "null" {
		return RemoveOverride
	}
	return SetOverride
}

func (s *Server) createSecret(w *world, c *call) Reply {
	o, refusal, refused := w.memberOwner(c)
	if refused {
		return refusal
	}
	var asked creation
	err := decode(c.body, &asked, "name", "value", "type", "scopes")
	var secretType string
	var scopes []string
	if err == nil {
		secretType, scopes, err = attributes(asked.Type, asked.Scopes, creatableTypes(), creatableScopes())
	}
	if err == nil {
		err = checkName(asked.Name, secretType)
	}
	if err == nil && asked.Value == nil {
		err = errors.New("the value is missing")
	}
	if err == nil {
		err = checkValue(*asked.Value)
	}
	if err != nil {
		return c.invalid(err)
	}
	if _, exists := o.secrets[asked.Name]; exists {
		return c.refuse(http.StatusBadRequest, fmt.Sprintf("Secret '%s' already exists. Use PATCH to change its value.", asked.Name))
	}
	o.secrets[asked.Name] = Secret{Type: secretType, Scopes: scopes}
	w.set(o, asked.Name, "", *asked.Value)
	return jsonReply(http.StatusCreated, "")
}

func (s *Server) patchSecret(w *world, c *call) Reply {
	o, refusal, refused := w.memberOwner(c)
	if refused {
		return refusal
	}
	var asked patch
	if err := decode(c.body, &asked, "env", "value"); err != nil {
		return c.invalid(err)
	}
	env := ""
	if asked.Env != nil {
		env = *asked.Env
		if err := checkEnvironment(env); err != nil {
			return c.invalid(err)
		}
	}
	held, exists := o.secrets[c.name()]
	if !exists {
		// The words of the documentation [doc].
		return c.refuse(http.StatusNotFound, fmt.Sprintf("Secret '%s' does not exist. You should create the default secret value first.", c.name()))
	}
	if c.operation == RemoveOverride {
		held = held.clone()
		held.drop(env)
		o.secrets[c.name()] = held
		return jsonReply(http.StatusOK, "")
	}
	var value string
	if string(asked.Value) == "null" || json.Unmarshal(asked.Value, &value) != nil {
		return c.invalid(errors.New("the value is missing or no string"))
	}
	if err := checkValue(value); err != nil {
		return c.invalid(err)
	}
	w.set(o, c.name(), env, value)
	return jsonReply(http.StatusOK, "")
}

// deleteSecret removes a secret and all its overrides [doc].
func (s *Server) deleteSecret(w *world, c *call) Reply {
	o, refusal, refused := w.memberOwner(c)
	if refused {
		return refusal
	}
	if _, exists := o.secrets[c.name()]; !exists {
		return c.refuse(http.StatusNotFound, fmt.Sprintf("Secret '%s' does not exist.", c.name()))
	}
	delete(o.secrets, c.name())
	if c.takesOrganization {
		delete(w.inherited(o), c.name())
	}
	return Reply{Status: http.StatusNoContent}
}

// invalid refuses a request that breaks a rule.
func (c *call) invalid(err error) Reply {
	return c.refuse(http.StatusBadRequest, "Invalid request: "+err.Error()+".")
}
