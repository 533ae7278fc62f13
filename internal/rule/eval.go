package rule

import (
	"slices"

	"tongpin/internal/core"
)

// An evaluator answers one rule for JSON.
type evaluator struct {
	id      string
	example string
	run     func(in *input, cs Calendars) Verdict
}

// evaluators lists what Eval answers, in the order of the numbers.
var evaluators = slices.Concat(timeEvaluators, orgEvaluators, twoNewEvaluators)

func findEvaluator(id string) (evaluator, bool) {
	i := slices.IndexFunc(evaluators, func(e evaluator) bool { return e.id == id })
	if i < 0 {
		return evaluator{}, false
	}
	return evaluators[i], true
}

// Eval applies the rule of that id, or of its alias, to one JSON object. Keys
// are exact: unknown, doubled and differently written ones are refused with
// core.Invalid, which names the field. An unknown id is core.NotFound. Every
// rule also takes "on", the day of the act, which chooses the version.
func Eval(id string, b []byte, cs Calendars) (Verdict, error) {
	e, ok := findEvaluator(id)
	if !ok {
		return Verdict{}, core.Fail(core.NotFound, "rule.unknown", shown(id))
	}
	in, err := parse(b)
	if err != nil {
		return Verdict{}, err
	}
	v := e.run(in, cs)
	if on := in.dateOr("on"); !on.IsZero() {
		in.act = on
	}
	if err := in.done(); err != nil {
		return Verdict{}, err
	}
	if !v.Values.inRange() {
		return Verdict{}, refuse(in.asked[0].Name, "rule.input.out_of_range")
	}
	if !in.act.IsZero() {
		v = v.AsOf(in.act)
	}
	return v, nil
}

// inRange reports whether every day is one that a calendar date can carry.
func (vs Values) inRange() bool {
	for _, v := range vs {
		days, _ := v.Value.([]core.Date)
		if d, ok := v.Value.(core.Date); ok {
			days = []core.Date{d}
		}
		for _, d := range days {
			if !d.IsZero() && (d.Year < 1 || d.Year > 9999) {
				return false
			}
		}
	}
	return true
}

// Evaluable returns the names that Eval answers: every rule and its aliases.
func Evaluable() []string {
	names := make([]string, len(evaluators))
	for i, e := range evaluators {
		names[i] = e.id
	}
	return names
}

// Example returns an input that Eval takes for that rule, or "".
func Example(id string) string {
	e, _ := findEvaluator(id)
	return e.example
}

// Inputs returns the keys that a rule reads, in order, "on" included.
func Inputs(id string) []Input {
	e, ok := findEvaluator(id)
	if !ok {
		return nil
	}
	in, err := parse([]byte(e.example))
	if err != nil {
		panic(err)
	}
	e.run(in, Calendars{})
	in.ask("on", true)
	return in.asked
}
