package api

import (
	"bytes"
	"errors"
	"io"
	"strings"

	json "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"tongpin/internal/core"
)

// Limits of a body (security.md row 37).
const (
	maxDepth = 32
	maxKeys  = 1000
)

// strict reads a body into v. Keys that v does not have, that stand twice or
// that differ in case are refused, and so is what nests or names too much.
func strict(raw []byte, v any) error {
	if err := measure(raw); err != nil {
		return err
	}
	err := json.Unmarshal(raw, v, json.RejectUnknownMembers(true), json.MatchCaseInsensitiveNames(false))
	if err == nil {
		return nil
	}
	if sem, ok := errors.AsType[*json.SemanticError](err); ok {
		name := fieldName(sem.JSONPointer)
		if errors.Is(err, json.ErrUnknownName) {
			return wrong(name, "api.body.key")
		}
		if core.KindOf(sem.Err) == core.NotFound && sem.Err != nil && errors.Is(sem.Err, core.NotFound) {
			return core.NotFound // an id that names nothing
		}
		if e, ok := errors.AsType[*core.Error](err); ok && e.Msg.Key != "" {
			return wrong(name, e.Msg.Key, e.Msg.Args...)
		}
		return wrong(name, "api.body.type")
	}
	return bad("api.body.syntax")
}

// measure walks through the tokens before anything is made of them.
func measure(raw []byte) error {
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	keys := 0
	for {
		t, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if errors.Is(err, jsontext.ErrDuplicateName) {
			at := d.StackPointer()
			if syn, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
				at = syn.JSONPointer
			}
			return wrong(fieldName(at), "api.body.twice")
		}
		if err != nil {
			return bad("api.body.syntax")
		}
		if d.StackDepth() > maxDepth {
			return bad("api.body.deep", maxDepth)
		}
		if kind, n := d.StackIndex(d.StackDepth()); kind == '{' && t.Kind() == '"' && n%2 == 1 { // a name, not its value
			if keys++; keys > maxKeys {
				return bad("api.body.keys", maxKeys)
			}
		}
	}
}

// fieldName writes a JSON pointer as people name a field: "people.3".
func fieldName(p jsontext.Pointer) string {
	var parts []string
	for t := range p.Tokens() {
		parts = append(parts, printable(t))
	}
	return printable(strings.Join(parts, "."))
}
