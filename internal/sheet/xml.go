package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"unicode/utf8"
)

// An xmlReader reads the parts of a workbook token by token, in the memory of
// one token. It knows what spreadsheets write and refuses the rest: there are
// no document types, so no entities to expand.
type xmlReader struct {
	r       *bufio.Reader
	maxText int    // bytes of one text
	raw     []byte // the tag as it stands in the file
	name    []byte // the tag's name without its prefix
	text    []byte // what the last text token says, entities resolved
	closing bool   // <x/> has been given as a start, its end comes next
	begun   bool
}

// The kinds of token.
type token int

const (
	startTag token = iota
	endTag
	chars
)

const maxTag = 64 << 10 // bytes of one tag with its attributes

var errXML = errors.New("malformed part")

func newXMLReader(r io.Reader, maxText int) *xmlReader {
	return &xmlReader{r: bufio.NewReaderSize(r, 64<<10), maxText: maxText}
}

// next returns the kind of the next token, or io.EOF.
func (x *xmlReader) next() (token, error) {
	if x.closing {
		x.closing = false
		return endTag, nil
	}
	if !x.begun {
		x.begun = true
		if b, _ := x.r.Peek(3); bytes.Equal(b, []byte("\xef\xbb\xbf")) {
			_, _ = x.r.Discard(3)
		}
	}
	for {
		b, err := x.r.Peek(1)
		if err != nil {
			return 0, err
		}
		if b[0] != '<' {
			return chars, x.readText()
		}
		if err := x.readTag(); err != nil {
			return 0, err
		}
		switch x.raw[1] {
		case '?':
			continue
		case '!':
			if bytes.HasPrefix(x.raw, []byte("<![CDATA[")) {
				x.text = append(x.text[:0], x.raw[9:len(x.raw)-3]...)
				return chars, nil
			}
			continue // a comment
		case '/':
			x.name = localName(x.raw[2 : len(x.raw)-1])
			return endTag, nil
		}
		x.closing = x.raw[len(x.raw)-2] == '/'
		x.name = localName(x.raw[1 : len(x.raw)-1])
		if len(x.name) == 0 {
			return 0, errXML
		}
		return startTag, nil
	}
}

// readTag fills raw with everything up to the end of the tag or comment.
func (x *xmlReader) readTag() error {
	x.raw = x.raw[:0]
	var quote byte
	for {
		part, err := x.r.ReadSlice('>')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return noEOF(err)
		}
		from := len(x.raw)
		x.raw = append(x.raw, part...)
		if len(x.raw) > maxTag && !bytes.HasPrefix(x.raw, []byte("<!")) || len(x.raw) > maxTag+x.maxText {
			return errXML
		}
		if err != nil {
			if x.raw[1] != '!' {
				quote = openQuote(x.raw[from:], quote)
			}
			continue
		}
		if len(x.raw) < 3 {
			return errXML
		}
		if x.raw[1] == '!' {
			switch {
			case bytes.HasPrefix(x.raw, []byte("<!--")):
				if len(x.raw) >= 7 && bytes.HasSuffix(x.raw, []byte("-->")) {
					return nil
				}
			case bytes.HasPrefix(x.raw, []byte("<![CDATA[")):
				if bytes.HasSuffix(x.raw, []byte("]]>")) {
					return nil
				}
			default:
				return errXML // a document type
			}
			continue
		}
		if quote = openQuote(x.raw[from:], quote); quote == 0 {
			return nil
		}
	}
}

// openQuote returns the quote that is still open after b, or 0.
func openQuote(b []byte, quote byte) byte {
	for _, c := range b {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote = c
		case c == quote:
			quote = 0
		}
	}
	return quote
}

// readText fills text with everything up to the next tag.
func (x *xmlReader) readText() error {
	x.raw = x.raw[:0]
	for {
		part, err := x.r.ReadSlice('<')
		x.raw = append(x.raw, part...)
		if len(x.raw) > x.maxText {
			return errXML
		}
		if err == nil {
			_ = x.r.UnreadByte()
			x.raw = x.raw[:len(x.raw)-1]
			break
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
	var err error
	x.text, err = unescape(x.text[:0], x.raw)
	return err
}

// attr returns the attribute of that name without its prefix, entities
// resolved, and whether the tag has it.
func (x *xmlReader) attr(name string) (string, bool) {
	b := x.raw
	i := bytes.IndexAny(b, " \t\r\n")
	for i >= 0 && i < len(b) {
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		eq := bytes.IndexByte(b[i:], '=')
		if eq < 0 {
			break
		}
		key := bytes.TrimRight(b[i:i+eq], " \t\r\n")
		i += eq + 1
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		if i >= len(b) || b[i] != '"' && b[i] != '\'' {
			break
		}
		end := bytes.IndexByte(b[i+1:], b[i])
		if end < 0 {
			break
		}
		if string(localName(key)) == name {
			v, err := unescape(nil, b[i+1:i+1+end])
			return string(v), err == nil
		}
		i += end + 2
	}
	return "", false
}

// skip reads to the end of the element whose start was just given.
func (x *xmlReader) skip() error {
	for depth := 1; depth > 0; {
		k, err := x.next()
		if err != nil {
			return noEOF(err)
		}
		switch k {
		case startTag:
			depth++
		case endTag:
			depth--
		}
	}
	return nil
}

func noEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return errXML
	}
	return err
}

// localName returns the name at the start of b without its prefix.
func localName(b []byte) []byte {
	if i := bytes.IndexAny(b, " \t\r\n/"); i >= 0 {
		b = b[:i]
	}
	if i := bytes.IndexByte(b, ':'); i >= 0 {
		b = b[i+1:]
	}
	return b
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// unescape appends b to dst with its entities resolved and its line ends made
// one character, as XML asks.
func unescape(dst, b []byte) ([]byte, error) {
	for len(b) > 0 {
		i := bytes.IndexAny(b, "&\r")
		if i < 0 {
			return append(dst, b...), nil
		}
		dst = append(dst, b[:i]...)
		if b[i] == '\r' {
			dst = append(dst, '\n')
			b = bytes.TrimPrefix(b[i+1:], []byte("\n"))
			continue
		}
		end := bytes.IndexByte(b[i:], ';')
		if end < 2 || end > 10 {
			return dst, errXML
		}
		r, err := entity(string(b[i+1 : i+end]))
		if err != nil {
			return dst, err
		}
		dst = utf8.AppendRune(dst, r)
		b = b[i+end+1:]
	}
	return dst, nil
}

func entity(name string) (rune, error) {
	switch name {
	case "lt":
		return '<', nil
	case "gt":
		return '>', nil
	case "amp":
		return '&', nil
	case "quot":
		return '"', nil
	case "apos":
		return '\'', nil
	}
	if name[0] != '#' {
		return 0, errXML
	}
	digits, base := name[1:], 10
	if len(digits) > 0 && digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || n > utf8.MaxRune {
		return 0, errXML
	}
	return rune(n), nil
}
