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
	raw     []byte // the token as it stands in the file; valid until next, as are name and text
	name    []byte // the tag's name without its prefix
	text    []byte // what the last text token says, entities resolved
	long    []byte // holds raw where it does not fit into one read
	plain   []byte // holds text where it differs from raw
	open    []byte // the names of the elements that are open, one after another
	depths  []int  // where each of them begins
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

const (
	maxTag   = 64 << 10 // bytes of one tag with its attributes
	maxDepth = 200      // elements within elements
)

var errXML = errors.New("malformed part")

func newXMLReader(r io.Reader, maxText int) *xmlReader {
	return &xmlReader{r: bufio.NewReaderSize(r, 64<<10), maxText: maxText}
}

// next returns the kind of the next token, or io.EOF.
func (x *xmlReader) next() (token, error) {
	if x.closing {
		x.closing = false
		return endTag, x.pop()
	}
	if !x.begun {
		x.begun = true
		if b, _ := x.r.Peek(3); bytes.Equal(b, []byte("\xef\xbb\xbf")) {
			_, _ = x.r.Discard(3)
		}
	}
	for {
		b, err := x.r.Peek(1)
		if errors.Is(err, io.EOF) && len(x.depths) > 0 {
			return 0, errXML
		}
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
				x.text = x.raw[9 : len(x.raw)-3]
				return chars, nil
			}
			continue // a comment
		case '/':
			return endTag, x.pop()
		}
		return startTag, x.push()
	}
}

// push notes that the element of the tag in raw is open.
func (x *xmlReader) push() error {
	b := x.raw[1 : len(x.raw)-1]
	end := 0
	for end < len(b) && !isBlank(b[end]) && b[end] != '/' {
		end++
	}
	x.depths = append(x.depths, len(x.open))
	x.open = append(x.open, b[:end]...)
	x.name = localName(b[:end])
	x.closing = b[len(b)-1] == '/'
	if len(x.name) == 0 || len(x.depths) > maxDepth {
		return errXML
	}
	return nil
}

// pop closes the innermost element, which the end tag in raw must name.
func (x *xmlReader) pop() error {
	if len(x.depths) == 0 {
		return errXML
	}
	from := x.depths[len(x.depths)-1]
	name := x.open[from:]
	if x.raw[1] == '/' && !bytes.Equal(bytes.TrimRight(x.raw[2:len(x.raw)-1], " \t\r\n"), name) {
		return errXML
	}
	x.name = localName(name)
	x.open, x.depths = x.open[:from], x.depths[:len(x.depths)-1]
	return nil
}

// readTag fills raw with everything up to the end of the tag or comment.
func (x *xmlReader) readTag() error {
	part, err := x.r.ReadSlice('>')
	if err == nil && len(part) > 2 && part[1] != '!' && part[1] != '?' && openQuote(part, 0) == 0 {
		x.raw = part
		return nil
	}
	x.long = x.long[:0]
	var quote byte
	for ; ; part, err = x.r.ReadSlice('>') {
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return noEOF(err)
		}
		x.long = append(x.long, part...)
		x.raw = x.long
		if len(x.raw) < 3 {
			return errXML
		}
		special := x.raw[1] == '!' || x.raw[1] == '?'
		if len(x.raw) > maxTag && !special || len(x.raw) > maxTag+x.maxText {
			return errXML
		}
		if !special {
			quote = openQuote(part, quote)
		}
		if err != nil {
			continue
		}
		switch {
		case !special && quote == 0:
			return nil
		case !special:
		case x.raw[1] == '?':
			if len(x.raw) >= 4 && bytes.HasSuffix(x.raw, []byte("?>")) {
				return nil
			}
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
	}
}

// openQuote returns the quote that is still open after b, or 0.
func openQuote(b []byte, quote byte) byte {
	if quote == 0 && bytes.IndexByte(b, '"') < 0 && bytes.IndexByte(b, '\'') < 0 {
		return 0
	}
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
	part, err := x.r.ReadSlice('<')
	if err == nil {
		x.raw = part
	} else {
		x.long = x.long[:0]
		for ; errors.Is(err, bufio.ErrBufferFull); part, err = x.r.ReadSlice('<') {
			if x.long = append(x.long, part...); len(x.long) > x.maxText {
				return errXML
			}
		}
		x.long = append(x.long, part...)
		x.raw = x.long
	}
	switch {
	case err == nil:
		_ = x.r.UnreadByte()
		x.raw = x.raw[:len(x.raw)-1]
	case !errors.Is(err, io.EOF):
		return err
	}
	if bytes.IndexByte(x.raw, '&') < 0 && bytes.IndexByte(x.raw, '\r') < 0 {
		x.text = x.raw
		return nil
	}
	x.plain, err = unescape(x.plain[:0], x.raw)
	x.text = x.plain
	return err
}

// attr returns the attribute of that name without its prefix, entities
// resolved, and whether the tag has it.
func (x *xmlReader) attr(name string) (string, bool) {
	b := x.raw
	i := 0
	for i < len(b) && !isBlank(b[i]) {
		i++
	}
	for {
		for i < len(b) && isBlank(b[i]) {
			i++
		}
		key := i
		for i < len(b) && b[i] != '=' && !isBlank(b[i]) {
			i++
		}
		found := i-key >= len(name) && string(localName(b[key:i])) == name
		for i < len(b) && (b[i] == '=' || isBlank(b[i])) {
			i++
		}
		if i >= len(b) || b[i] != '"' && b[i] != '\'' {
			return "", false
		}
		end := bytes.IndexByte(b[i+1:], b[i])
		if end < 0 {
			return "", false
		}
		if found {
			v := b[i+1 : i+1+end]
			if bytes.IndexByte(v, '&') < 0 {
				return string(v), true
			}
			v, err := unescape(nil, v)
			return string(v), err == nil
		}
		i += end + 2
	}
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
	from := 0
	for i, c := range b {
		switch {
		case isBlank(c) || c == '/':
			return b[from:i]
		case c == ':':
			from = i + 1
		}
	}
	return b[from:]
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

// unescape appends b to dst with its entities resolved and its line ends made
// one character, as XML asks.
func unescape(dst, b []byte) ([]byte, error) {
	for len(b) > 0 {
		i := bytes.IndexByte(b, '&')
		if cr := bytes.IndexByte(b, '\r'); cr >= 0 && (i < 0 || cr < i) {
			i = cr
		}
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
