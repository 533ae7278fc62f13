// Package internal has no code, only this test of how the code is arranged.
package internal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "tongpin/internal/"

var slice = []string{"core", "rule", "names", "secret", "db", "access", "audit"}

func with(more ...string) []string { return append(slices.Clone(slice), more...) }

// mayImport is the map of the building. Lower floors know nothing of higher
// ones, and no slice knows another slice unless it says so here.
var mayImport = map[string][]string{
	"core":       {},
	"text":       {"core"},
	"names":      {},
	"ical":       {"core"},
	"rule":       {"core"},
	"secret":     {"core"},
	"sheet":      {"core"},
	"db":         {"core"},
	"audit":      {"core", "db"},
	"access":     {"core", "db", "audit"},
	"account":    slice,
	"burden":     {"core"},
	"purpose":    {"core"},
	"clock":      slice,
	"opinion":    with("clock"),
	"front":      with("clock"),
	"job":        slice,
	"journal":    slice,
	"file":       slice,
	"setting":    slice,
	"org":        with("clock", "setting"),
	"consent":    with("purpose"),
	"enterprise": with("clock", "consent", "org", "purpose", "setting"),
	"member":     with("org"),
	"privacy":    with("account", "clock", "consent", "org", "member", "purpose", "retention", "setting", "sheet", "text"),
	"fact":       slice,
	"project":    with("clock", "fact"),
	"plate":      {"access", "core", "post", "print", "text"},
	"print":      {"core"},
	"post":       with("clock", "consent", "fact", "purpose", "setting"),
	"mentoring":  with("clock", "fact"),
	"figure":     with("org", "enterprise", "member"),
	"retention":  with("job", "member", "setting"),
	"intake":     with("org", "enterprise", "member", "sheet", "job", "file", "text"),
	"demo":       with("mentoring", "project", "consent", "fact", "post", "org", "enterprise", "member", "account", "clock", "figure", "front"),
	"web":        {"api", "burden", "core", "text", "rule", "names", "access", "account", "clock", "job", "org", "enterprise", "member", "figure", "front", "ical", "intake", "journal", "mentoring", "opinion", "fact", "plate", "post", "print", "privacy", "project", "purpose", "consent", "retention", "search", "setting", "sheet", "fact"}, // never db: pages go through services
	"once":       slice,
	"search":     with("org", "enterprise", "member"),
	"api":        {"burden", "core", "text", "rule", "secret", "access", "account", "clock", "job", "journal", "org", "enterprise", "member", "figure", "front", "intake", "once", "opinion", "fact", "plate", "post", "print", "privacy", "project", "purpose", "consent", "retention", "search", "setting", "sheet", "fact"}, // never db either
	"app":        nil,                                                                                                                                                                                                                                                                                                          // builds everything
	"bench":      nil,
	"cli":        nil,
	"gen/client": {},
	"dbtest":     {"core", "db"},
}

// unguarded lists the service methods that ask for no permission, and why.
var unguarded = map[string]string{
	"account.SignIn":          "asks for the password itself",
	"account.Session":         "asks for the session itself",
	"account.Bearer":          "asks for the token itself",
	"account.Feed":            "asks for the token itself",
	"account.MakeFeed":        "MakeToken asks",
	"account.Ended":           "computes from a token that the caller has",
	"account.SignOut":         "ends the session of the cookie it is given",
	"account.Setup":           "asks for the token from the console",
	"account.SetupOpen":       "asks for the token from the console",
	"account.SignInByLink":    "asks for the link itself",
	"account.LinkOpen":        "asks for the link itself",
	"account.Add":             "is Open without a role, which asks",
	"account.Denied":          "journals what was refused to whoever asked",
	"clock.LastSnooze":        "computes a day from a clock that the caller has",
	"intake.Handle":           "says who does the jobs; each asks for the right itself",
	"intake.Over":             "tells the rule of retention, which asks",
	"intake.Empty":            "is what the rule of retention asks for",
	"retention.Handle":        "says who does the job, which asks",
	"retention.Run":           "begin asks",
	"retention.List":          "begin asks",
	"retention.Daily":         "begin asks",
	"retention.HoldOf":        "person asks",
	"retention.Hold":          "person asks",
	"retention.Lift":          "person asks",
	"account.Pending":         "asks for the pending sign-in itself",
	"account.SecondStep":      "asks for the pending sign-in and for a code",
	"account.AskPasskey":      "hands out a challenge to whoever is there",
	"account.SignInByPasskey": "asks for the passkey itself",
	"post.Public":             "is for anybody who holds the random address, and gives only what its person agreed to",
	"account.Reset":           "asks for the code that was handed over",
}

func TestArchitecture(t *testing.T) {
	fset := token.NewFileSet()
	seen := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || path == "arch_test.go" {
			return err
		}
		pkg, file := filepath.Split(filepath.ToSlash(path))
		pkg = strings.TrimSuffix(pkg, "/")
		f, err := parser.ParseFile(fset, path, nil, 0)
		if err != nil {
			return err
		}
		checkSizes(t, fset, path, f)
		if strings.HasSuffix(path, "_test.go") {
			return nil
		}
		seen[pkg] = true
		checkImports(t, pkg, file, f)
		checkGuards(t, pkg, f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range mayImport {
		if !seen[pkg] {
			t.Errorf("mayImport tells of a package %s that is not there", pkg)
		}
	}
}

// checkSizes keeps a file under 500 lines and a function under 60.
func checkSizes(t *testing.T, fset *token.FileSet, path string, f *ast.File) {
	if n := fset.Position(f.End()).Line; n > 500 {
		t.Errorf("%s: %d lines; split it by subject", path, n)
	}
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, ".gen.go") { // generated functions are as long as they come
			continue
		}
		if n := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line; n > 60 {
			t.Errorf("%s: %s has %d lines", path, fn.Name.Name, n)
		}
	}
}

// checkImports also keeps the file that is named after a slice free of input
// and output: types and rules there, statements in store.go.
func checkImports(t *testing.T, pkg, file string, f *ast.File) {
	allowed, known := mayImport[pkg]
	if !known {
		t.Errorf("%s: add this package to mayImport", pkg)
		return
	}
	for _, imp := range f.Imports {
		path, _ := strconv.Unquote(imp.Path.Value)
		dep, ours := strings.CutPrefix(path, module)
		if ours && allowed != nil && !slices.Contains(allowed, dep) {
			t.Errorf("%s/%s imports %s, which %s may not", pkg, file, dep, pkg)
		}
		pure := file == pkg+".go" && slices.Contains([]string{"org", "enterprise", "member"}, pkg) || slices.Contains([]string{"rule", "core", "names"}, pkg)
		if pure && slices.Contains([]string{"context", "database/sql", "net/http", "os", module + "db"}, path) {
			t.Errorf("%s/%s imports %s, but it must stay pure", pkg, file, path)
		}
		if ours && dep == "app" && pkg != "cli" {
			t.Errorf("%s/%s imports app, which only the command line may", pkg, file)
		}
		if slices.Contains([]string{"net/http/pprof", "expvar"}, path) {
			t.Errorf("%s/%s imports %s: nothing for debugging is served", pkg, file, path)
		}
	}
}

// checkGuards fails for a service method that never asks for a right, so that
// a forgotten permission is a failing test and not an incident. A method may
// ask through a function of its own package whose name begins with require.
func checkGuards(t *testing.T, pkg string, f *ast.File) {
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv == nil || !fn.Name.IsExported() || receiver(fn) != "Service" {
			continue
		}
		guarded := false
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			switch v := n.(type) {
			case *ast.SelectorExpr:
				x, ok := v.X.(*ast.Ident)
				guarded = guarded || ok && (x.Name == "access" || x.Name == receiverName(fn)) && strings.HasPrefix(strings.ToLower(v.Sel.Name), "require")
			case *ast.Ident:
				guarded = guarded || strings.HasPrefix(v.Name, "require")
			}
			return true
		})
		if name := pkg + "." + fn.Name.Name; !guarded && unguarded[name] == "" {
			t.Errorf("%s never calls access.Require; guard it or explain it in unguarded", name)
		}
	}
}

func receiver(fn *ast.FuncDecl) string {
	expr := fn.Recv.List[0].Type
	if star, ok := expr.(*ast.StarExpr); ok {
		expr = star.X
	}
	if id, ok := expr.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

func receiverName(fn *ast.FuncDecl) string {
	if names := fn.Recv.List[0].Names; len(names) == 1 {
		return names[0].Name
	}
	return ""
}
