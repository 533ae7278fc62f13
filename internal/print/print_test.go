package print_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"tongpin/internal/core"
	"tongpin/internal/print"
)

var now = time.Date(2026, 3, 9, 8, 0, 0, 0, time.UTC)

func plate(n int) print.Plate {
	return print.Plate{
		Seal: "示范岗", Enterprise: "陶氏张家港基地", Title: "有机硅装置 开停车安全岗", Place: "A 区 3 层，中控室外操台", Promise: "每次开停车，我先走一遍现场，再签字。少查一处，就不开车。", Holder: "予衡",
		Scan: "扫码看这个岗做成的事", Facts: [][2]string{{"授予", "陶氏张家港基地党委"}, {"有效", "2026-03-09 到 2027-03-08"}, {"编号", "DOW-ZJG-014"}, {"核对码", "7K3M-9Q2W"}},
		Number: "DOW-ZJG-014", Until: "到 2027-03-08", Address: fmt.Sprintf("https://tongpin.example/p/abcdefghijklmnopqrstuvw%03d", n),
	}
}

var (
	stream = regexp.MustCompile(`(?s)stream\n(.*?)\nendstream`)
	filled = regexp.MustCompile(`(?m)^([\d.]+) ([\d.]+) ([\d.]+) (-?[\d.]+) re f$`)
)

// pages draws the filled rectangles of each page of a file at 12 pixels a
// millimetre: all of a code, and none of the text.
func pages(t *testing.T, file []byte) (all []image.Image) {
	t.Helper()
	for _, m := range stream.FindAllSubmatch(file, -1) {
		z, err := zlib.NewReader(bytes.NewReader(m[1]))
		if err != nil {
			continue // the font's own
		}
		b, err := io.ReadAll(z)
		if err != nil || !bytes.Contains(b, []byte(" re f")) {
			continue
		}
		const scale = 12 / 2.834645
		img := image.NewGray(image.Rect(0, 0, 210*12, 297*12))
		draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
		for _, r := range filled.FindAllSubmatch(b, -1) {
			var v [4]float64
			for i := range v {
				v[i], _ = strconv.ParseFloat(string(r[i+1]), 64)
			}
			rect := image.Rect(int(v[0]*scale+0.5), 297*12-int(v[1]*scale+0.5), int((v[0]+v[2])*scale+0.5), 297*12-int((v[1]+v[3])*scale+0.5))
			draw.Draw(img, rect, image.NewUniform(color.Black), image.Point{}, draw.Src)
		}
		all = append(all, img)
	}
	return all
}

// TestTheCodeLeadsToThePage reads the code of each size out of the file, with a
// decoder that is none of ours.
func TestTheCodeLeadsToThePage(t *testing.T) {
	for size, area := range map[print.Size]image.Rectangle{ // where the code of the first plate stands, in millimetres
		print.A4: image.Rect(15, 220, 80, 290), print.A6: image.Rect(8, 110, 45, 148), print.Badge: image.Rect(60, 10, 103, 45),
	} {
		file, err := print.Plates("牌", now, size, []print.Plate{plate(7), plate(8)})
		if err != nil {
			t.Fatal(err)
		}
		all := pages(t, file)
		if want := map[print.Size]int{print.A4: 2, print.A6: 1, print.Badge: 1}[size]; len(all) != want {
			t.Fatalf("%s: %d pages, want %d", size, len(all), want)
		}
		piece := image.NewGray(image.Rect(0, 0, area.Dx()*12, area.Dy()*12))
		draw.Draw(piece, piece.Bounds(), all[0], area.Min.Mul(12), draw.Src)
		bits, err := gozxing.NewBinaryBitmapFromImage(piece)
		if err != nil {
			t.Fatal(err)
		}
		got, err := qrcode.NewQRCodeReader().Decode(bits, nil)
		if err != nil || got.GetText() != plate(7).Address {
			t.Errorf("%s: read %v, %v", size, got, err)
		}
	}
}

// TestTwoHundredPlatesAreOneFile has each plate on it.
func TestTwoHundredPlatesAreOneFile(t *testing.T) {
	all := make([]print.Plate, 200)
	for i := range all {
		all[i] = plate(i)
	}
	for size, want := range map[print.Size]int{print.A4: 200, print.A6: 50, print.Badge: 20} {
		file, err := print.Plates("牌", now, size, all)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(regexp.MustCompile(`/Type /Page\b`).FindAll(file, -1)); got != want || len(file) > 3<<20 {
			t.Errorf("%s: %d pages in %d bytes, want %d", size, got, len(file), want)
		}
	}
}

// TestACharacterThatTheFontLacksIsTold instead of a blank.
func TestACharacterThatTheFontLacksIsTold(t *testing.T) {
	p := plate(1)
	p.Holder = "𠮷野"
	_, err := print.Plates("牌", now, print.A4, []print.Plate{p})
	if core.KindOf(err) != core.Invalid || core.MsgOf(err).Key != "print.missing" || core.MsgOf(err).Args[0] != "𠮷" {
		t.Errorf("%v", err)
	}
	if got := print.Missing("党员 Party 繁體 ×→", "𠮷𠮷"); got != "𠮷" {
		t.Errorf("missing %q", got)
	}
}

func BenchmarkTwoHundredPlates(b *testing.B) {
	all := make([]print.Plate, 200)
	for i := range all {
		all[i] = plate(i)
	}
	for b.Loop() {
		if _, err := print.Plates("牌", now, print.A4, all); err != nil {
			b.Fatal(err)
		}
	}
}
