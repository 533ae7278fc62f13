package api

import (
	"encoding"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"tongpin/internal/core"
)

// fieldsOf calls f for every field of an input that has a place of its own:
// "path", "query" or "header".
func fieldsOf(v reflect.Value, f func(in, name string, field reflect.StructField, v reflect.Value) error) error {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			if err := fieldsOf(v.Field(i), f); err != nil {
				return err
			}
			continue
		}
		for _, in := range []string{"path", "query"} {
			name, _, _ := strings.Cut(field.Tag.Get(in), ",")
			if name == "" {
				continue
			}
			if err := f(in, name, field, v.Field(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// queryOf lists the query parameters of an input.
func queryOf[I any]() (names []string) {
	var in I
	_ = fieldsOf(reflect.ValueOf(&in).Elem(), func(place, name string, _ reflect.StructField, _ reflect.Value) error {
		if place == "query" {
			names = append(names, name)
		}
		return nil
	})
	return names
}

// read fills an input from a request. A Body field takes the body, which is
// refused where there is none.
func read[I any](r *http.Request, s shape) (*I, error) {
	in := new(I)
	v := reflect.ValueOf(in).Elem()
	query := r.URL.Query()
	err := fieldsOf(v, func(place, name string, field reflect.StructField, at reflect.Value) error {
		text := query.Get(name)
		if place == "path" {
			text = r.PathValue(name)
		}
		if text == "" {
			return nil
		}
		return set(at, field, name, text)
	})
	if err != nil {
		return nil, err
	}
	if r.Method == http.MethodGet || s.upload {
		return in, nil
	}
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return nil, err
		}
		return nil, bad("api.body.unreadable")
	}
	b := v.FieldByName("Body")
	if !b.IsValid() && len(raw) == 0 {
		return in, nil
	}
	if err := isJSON(r.Header.Get("Content-Type")); err != nil {
		return nil, err
	}
	if !b.IsValid() {
		return in, strict(raw, &None{})
	}
	return in, strict(raw, b.Addr().Interface())
}

// isJSON refuses every other kind of body.
func isJSON(header string) error {
	kind, params, err := mime.ParseMediaType(header)
	charset := strings.ToLower(params["charset"])
	if err != nil || kind != "application/json" || charset != "" && charset != "utf-8" {
		return refusal{http.StatusUnsupportedMediaType, core.M("api.body.kind")}
	}
	return nil
}

// set reads the text of a parameter.
func set(at reflect.Value, field reflect.StructField, name, text string) error {
	if all := field.Tag.Get("enum"); all != "" && !slices.Contains(strings.Split(all, ","), text) {
		return wrong(name, "api.query.enum", strings.ReplaceAll(all, ",", ", "))
	}
	if u, ok := at.Addr().Interface().(encoding.TextUnmarshaler); ok {
		err := u.UnmarshalText([]byte(text))
		if _, named := at.Interface().(ID); named || err == nil {
			return err
		}
		return &core.Error{Kind: core.Invalid, Msg: core.M("error.fields"), Fields: core.Fields{name: said(err, name, text)}}
	}
	switch at.Kind() {
	case reflect.String:
		at.SetString(text)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		least, most := bound(field, "minimum", 0), bound(field, "maximum", 1<<31)
		if err != nil || n < least || n > most {
			return wrong(name, "api.query.number", least, most)
		}
		at.SetInt(int64(n))
	case reflect.Bool:
		if text != "true" && text != "false" {
			return wrong(name, "api.query.enum", "true, false")
		}
		at.SetBool(text == "true")
	default:
		panic("api: a parameter of an unknown kind: " + name)
	}
	return nil
}

func bound(field reflect.StructField, tag string, unless int) int {
	if n, err := strconv.Atoi(field.Tag.Get(tag)); err == nil {
		return n
	}
	return unless
}

// wrong is one field to correct.
func wrong(name, key string, args ...any) error {
	var f core.Fields
	f.If(true, name, key, args...)
	return f.Err()
}

// said returns the sentence of an error about a value, or one of ours.
func said(err error, name, text string) core.Msg {
	if e, ok := errors.AsType[*core.Error](err); ok && e.Msg.Key != "" {
		return core.M(e.Msg.Key, printable(text))
	}
	return core.M("api.query.unfit", name)
}
