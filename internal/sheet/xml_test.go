package sheet

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// ours returns the tokens of s as this package reads them: "<a", ">a" and
// texts, those that touch joined.
func ours(r io.Reader) ([]string, error) {
	x := newXMLReader(r, 1<<20)
	var all []string
	for {
		k, err := x.next()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		switch k {
		case startTag:
			v, _ := x.attr("a")
			all = append(all, "<"+string(x.name)+" "+v)
		case endTag:
			all = append(all, ">"+string(x.name))
		case chars:
			all = joined(all, string(x.text))
		}
	}
}

// theirs does the same with the standard library.
func theirs(s string) ([]string, error) {
	d := xml.NewDecoder(strings.NewReader(s))
	var all []string
	for {
		t, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		switch t := t.(type) {
		case xml.StartElement:
			v := ""
			for _, a := range t.Attr {
				if a.Name.Local == "a" {
					v = a.Value
					break
				}
			}
			all = append(all, "<"+t.Name.Local+" "+v)
		case xml.EndElement:
			all = append(all, ">"+t.Name.Local)
		case xml.CharData:
			all = joined(all, string(t))
		}
	}
}

func joined(all []string, text string) []string {
	if n := len(all); n > 0 && strings.HasPrefix(all[n-1], "#") {
		all[n-1] += text
		return all
	}
	if text == "" {
		return all
	}
	return append(all, "#"+text)
}

var documents = []string{
	`<x a="1"><b>text</b><c a='2'/></x>`,
	"<?xml version=\"1.0\"?>\n<x xmlns:p=\"u\"><p:b p:a=\"v\">&lt;&amp;&gt;&quot;&apos;&#65;&#x4e00;</p:b></x>",
	`<x><![CDATA[<a>&amp;]]>and<!-- a > comment --> more</x>`,
	`<x><b a=">" c="&quot;"/>` + "line\r\nends\rhere</x>",
	`<x b="1" a = "2"   aa="3"><a/></x>`,
	`<x>` + strings.Repeat("长", 50_000) + `</x>`,
	`<x a="` + strings.Repeat("y", 60_000) + `"/>`,
}

func TestTokensAreThoseOfTheStandardLibrary(t *testing.T) {
	for _, s := range documents {
		want, err := theirs(s)
		if err != nil {
			t.Fatal(err)
		}
		for name, r := range map[string]io.Reader{"at once": strings.NewReader(s), "in halves": iotest.HalfReader(strings.NewReader(s)), "byte by byte": iotest.OneByteReader(strings.NewReader(s))} {
			if got, err := ours(r); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%.60s %s: got %.200q %v, want %.200q", s, name, got, err, want)
			}
		}
	}
}

// FuzzTokens compares the two readers on everything that both read.
func FuzzTokens(f *testing.F) {
	for _, s := range documents[:5] {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := theirs(s)
		if err != nil {
			return // the standard library also checks that tags match, and more
		}
		if got, err := ours(strings.NewReader(s)); err == nil && fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("got %q, want %q", got, want)
		}
	})
}

func TestEscapesOfWorkbooks(t *testing.T) {
	for in, want := range map[string]string{
		"_x000D_": "\r", "a_x0041_b": "aAb", "_x005F_x000D_": "_x000D_", "_x": "_x", "_xZZZZ_": "_xZZZZ_", "_x000": "_x000", "_xD800_": "_xD800_",
	} {
		if got := decode(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	for _, s := range []string{"_x000D_", "_x000D_x000D_", "__x0041_", "_x005F_", "_x", "plain"} {
		if got := decode(encode(s)); got != s {
			t.Errorf("%q comes back as %q", s, got)
		}
	}
}

func TestGuardedTextsComeBack(t *testing.T) {
	for _, s := range []string{"", "a", "=1", "'=1", "''=1", "'a", "'", "\t", "-", "@x", "+1", "\r"} {
		if got := unguard(guard(s)); got != s {
			t.Errorf("%q comes back as %q", s, got)
		}
		if g := guard(s); g != "" && strings.ContainsRune("=+-@\t\r", rune(g[0])) {
			t.Errorf("%q would run", g)
		}
	}
}
