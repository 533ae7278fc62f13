package web

import (
	"slices"
	"strings"
	"testing"

	"tongpin/internal/access"
)

func TestGroupingsShowWhatIsNestedInThemAndHowManyBelow(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		doc := k.get("/groupings?kind=building")
		if got := texts(doc, "tbody th"); !slices.Equal(got, []string{"星湖大厦"}) {
			t.Errorf("buildings: %v", got)
		}
		if got := texts(doc, "tbody details a"); !slices.Equal(got, []string{"3层", "10层"}) {
			t.Errorf("floors: %v", got)
		}
		if got := doc.Find("tbody td.n").Text(); got != "3" {
			t.Errorf("%s enterprises, want 3: the fourth is of another park", got)
		}
		if got := texts(doc, ".chip"); len(got) != 2 {
			t.Errorf("kinds: %v", got)
		}
		if first := k.get("/groupings?kind=nonsense").Find(".chip[aria-current]").Text(); !strings.HasPrefix(first, say("enterprise.grouping.chain")) {
			t.Errorf("an unknown kind shows %q", first)
		}
		k.sit(access.Registrar, k.other)
		if got := k.get("/groupings").Find("main").Text(); strings.Contains(got, "星湖大厦") || !strings.Contains(got, "太湖大厦") {
			t.Error("the second realm sees the groupings of the first")
		}
	})
}

func TestABuildingIsShownFloorByFloor(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		doc := k.get("/groupings/" + k.building.String())
		if got := texts(doc, "tbody th a"); !slices.Equal(got, []string{"3层", "五金店", "10层", "药物研究所", "湖滨酒店"}) {
			t.Errorf("floors: %v", got)
		}
		doc = k.get("/groupings/" + k.tenth.String())
		if got := texts(doc, "tbody th a"); !slices.Equal(got, []string{"药物研究所"}) {
			t.Errorf("one floor: %v", got)
		}
		if got := texts(doc, ".path a"); !slices.Contains(got, "星湖大厦") {
			t.Errorf("the way to a floor: %v", got)
		}
		if k.get("/groupings/"+k.chain.String()).Find(".empty").Length() != 1 {
			t.Error("an empty grouping does not say what to do")
		}
	})
}

func TestAGroupingIsMadeRenamedAndNested(t *testing.T) {
	eachZone(t, func(t *testing.T, k *zone) {
		to := k.post("/groupings/new", "kind", "sub_sector", "name", "抗体药", "parent", k.chain.String(), "on", "2026-11-01")
		if got := k.get("/groupings?kind=chain").Find("details").Text(); !strings.Contains(got, "抗体药") {
			t.Error(got)
		}
		k.post(to+"/change", "version", "1", "name", "抗体新药", "parent", "", "on", "2026-11-20")
		if got := k.get(to).Find("h1").Text(); got != "抗体新药" {
			t.Error(got)
		}
		doc := document(t, k.ask(409, "POST", to+"/change", form("version", "1", "name", "抗体", "parent", "", "on", "2026-11-20")))
		if row := doc.Find("tr.on").Text(); !strings.Contains(row, "抗体新药") || doc.Find("input[name=version]").AttrOr("value", "") != "2" {
			t.Errorf("the newer version is not shown: %s", row)
		}
		top := "/groupings/" + k.building.String() + "/change"
		doc = k.again(top, "version", "1", "name", "星湖大厦", "parent", k.third.String(), "on", "2026-11-20")
		if got := doc.Find(".errors").Text(); !strings.Contains(got, say("enterprise.grouping.cycle", "星湖大厦")) {
			t.Errorf("a building inside its floor: %q", got)
		}
		k.sit(access.Member, k.park)
		for _, path := range []string{"/groupings/new", to + "/change"} {
			k.ask(403, "GET", path, "")
		}
		k.ask(403, "POST", to+"/change", form("version", "2", "name", "x", "on", "2026-11-20"))
	})
}

func TestFloorsStandInTheOrderOfTheirNumbers(t *testing.T) {
	for name, want := range map[string]int{"3层": 3, "10层": 10, "B2层": -2, "-1层": -1, "大堂": 0, "A座12层": 12, "": 0} {
		if got := firstNumber(name); got != want {
			t.Errorf("%s: %d, want %d", name, got, want)
		}
	}
}
