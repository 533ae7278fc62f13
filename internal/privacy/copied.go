package privacy

// A part is one section of a copy: what a query gives for a person ($2), or for
// an account ($2) or every account of a person ($3), with the names of its
// columns.
type part struct {
	name    string
	account bool
	columns string
	query   string
}

// copied are the sections that are read as they stand. TestACopyLeavesNothingOut
// compares them with the tables that name a person or an account.
var copied = []part{
	{"memberships", false, "org kind from to recorded_at superseded_at reason", `
		SELECT o.name, m.kind, m.valid_from, m.valid_to, m.recorded_at, m.superseded_at, m.reason FROM memberships m
		JOIN orgs o ON o.realm_id = m.realm_id AND o.id = m.org_id
		WHERE m.realm_id = $1 AND m.person_id = $2 ORDER BY m.recorded_at, m.id`},
	{"duties", false, "org duty from to recorded_at superseded_at", `
		SELECT o.name, d.duty, d.valid_from, d.valid_to, d.recorded_at, d.superseded_at FROM officers d
		JOIN orgs o ON o.realm_id = d.realm_id AND o.id = d.org_id
		WHERE d.realm_id = $1 AND d.person_id = $2 ORDER BY d.recorded_at, d.id`},
	{"appointments", false, "enterprise kind purpose from to end_reason recorded_at superseded_at", `
		SELECT e.name, a.kind, a.purpose, a.valid_from, a.valid_to, a.end_reason, a.recorded_at, a.superseded_at FROM appointments a
		JOIN enterprises e ON e.realm_id = a.realm_id AND e.id = a.enterprise_id
		WHERE a.realm_id = $1 AND a.person_id = $2 ORDER BY a.recorded_at, a.id`},
	{"consents", false, "purpose text_version how paper given_at withdrawn_at", `
		SELECT c.purpose, c.text_version, c.how, c.paper, c.given_at, c.withdrawn_at FROM consents c
		WHERE c.realm_id = $1 AND c.person_id = $2 ORDER BY c.given_at, c.id`},
	{"visits", false, "enterprise on", `
		SELECT e.name, v.visited_on FROM visits v
		JOIN appointments a ON a.realm_id = v.realm_id AND a.id = v.appointment_id
		JOIN enterprises e ON e.realm_id = v.realm_id AND e.id = v.enterprise_id
		WHERE v.realm_id = $1 AND a.person_id = $2 ORDER BY v.visited_on, v.id`},
	{"imports", false, "created_at line name place verdict changes", `
		SELECT b.created_at, r.row_number, r.title, r.place, r.verdict, r.changes FROM batch_rows r
		JOIN batches b ON b.realm_id = r.realm_id AND b.id = r.batch_id AND b.entity = 'members'
		WHERE r.realm_id = $1 AND r.subject_id = $2 ORDER BY r.batch_id, r.row_number`},
	{"holds", false, "created_at reason to ended_at", `
		SELECT h.created_at, h.reason, h.until, h.lifted_at FROM holds h WHERE h.realm_id = $1 AND h.person_id = $2 ORDER BY h.created_at`},
	{"projects", false, "id title org place state from to", `
		SELECT p.number, p.title, o.name, CASE WHEN p.leader_id = $2 THEN 'leader' WHEN p.owner_id = $2 THEN 'owner' WHEN p.checked_by = $2 THEN 'checked_by' ELSE 'team' END, p.state, p.starts_on, p.ends_on
		FROM projects p JOIN orgs o ON o.realm_id = p.realm_id AND o.id = p.org_id
		WHERE p.realm_id = $1 AND (p.leader_id = $2 OR p.owner_id = $2 OR p.checked_by = $2
			OR EXISTS (SELECT 1 FROM project_people pp WHERE pp.realm_id = p.realm_id AND pp.project_id = p.id AND pp.person_id = $2)) ORDER BY p.id`},
	{"fronts", false, "title org from to", `
		SELECT f.title, o.name, coalesce(fp.joined_on, f.starts_on), coalesce(fp.left_on, f.ends_on) FROM fronts f
		JOIN orgs o ON o.realm_id = f.realm_id AND o.id = f.org_id
		LEFT JOIN front_people fp ON fp.realm_id = f.realm_id AND fp.front_id = f.id AND fp.person_id = $2
		WHERE f.realm_id = $1 AND (f.convener_id = $2 OR fp.person_id IS NOT NULL) ORDER BY f.id`},
	{"problems", false, "title state on", `
		SELECT b.title, b.state, b.raised_on FROM problems b WHERE b.realm_id = $1 AND (b.owner_id = $2 OR b.raised_by = $2 OR b.verified_by = $2) ORDER BY b.id`},
	{"tries", false, "on words outcome", `
		SELECT t.tried_on, t.text, t.result FROM problem_tries t WHERE t.realm_id = $1 AND t.person_id = $2 ORDER BY t.tried_on, t.id`},
	{"posts", false, "title org state from to", `
		SELECT p.title, o.name, p.state, p.starts_on, p.ends_on FROM posts p JOIN orgs o ON o.realm_id = p.realm_id AND o.id = p.org_id
		WHERE p.realm_id = $1 AND p.holder_id = $2 ORDER BY p.id`},
	{"areas", false, "title org from to", `
		SELECT a.title, o.name, a.starts_on, a.ended_on FROM duty_holders h JOIN duty_areas a ON a.realm_id = h.realm_id AND a.id = h.area_id
		JOIN orgs o ON o.realm_id = a.realm_id AND o.id = a.org_id WHERE h.realm_id = $1 AND h.person_id = $2 ORDER BY a.id`},
	{"mentorings", false, "id title org place state from to words", `
		SELECT m.number, m.title, o.name, CASE WHEN m.mentor_id = $2 THEN 'mentor' WHEN m.apprentice_id = $2 THEN 'apprentice' ELSE 'checker' END, m.state, m.starts_on, m.ends_on, m.goals
		FROM mentorings m JOIN orgs o ON o.realm_id = m.realm_id AND o.id = m.org_id
		WHERE m.realm_id = $1 AND (m.mentor_id = $2 OR m.apprentice_id = $2 OR m.checker_id = $2) ORDER BY m.id`},
	{"offers", false, "title org from to", `
		SELECT s.name, o.name, f.offered_on, f.ended_on FROM mentor_offers f JOIN skills s ON s.realm_id = f.realm_id AND s.id = f.skill_id
		JOIN orgs o ON o.realm_id = f.realm_id AND o.id = f.org_id WHERE f.realm_id = $1 AND f.person_id = $2 ORDER BY f.id`},
	{"admissions", false, "who since", `
		SELECT n.name, a.since FROM growth_admissions a JOIN persons n ON n.realm_id = a.realm_id AND n.id = a.admitted_id
		WHERE a.realm_id = $1 AND a.person_id = $2 ORDER BY a.since`},
	{"account", true, "login name lang theme created_at", `
		SELECT u.login, u.name, u.lang, u.theme, u.created_at FROM users u WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3) ORDER BY u.id`},
	{"roles", true, "role org enterprise from to recorded_at superseded_at", `
		SELECT g.role, o.name, e.name, g.valid_from, g.valid_to, g.recorded_at, g.superseded_at FROM users u
		JOIN grants g ON g.realm_id = u.realm_id AND g.user_id = u.id
		LEFT JOIN orgs o ON o.realm_id = g.realm_id AND o.id = g.org_id
		LEFT JOIN enterprises e ON e.realm_id = g.realm_id AND e.id = g.enterprise_id
		WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3) ORDER BY g.recorded_at, g.id`},
	{"sessions", true, "device created_at seen_at expires_at", `
		SELECT s.device, s.created_at, s.seen_at, s.expires_at FROM users u
		JOIN sessions s ON s.realm_id = u.realm_id AND s.user_id = u.id
		WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3) ORDER BY s.created_at`},
	{"apps", true, "confirmed_at", `
		SELECT t.confirmed_at FROM users u JOIN totps t ON t.realm_id = u.realm_id AND t.user_id = u.id
		WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3)`},
	{"passkeys", true, "name created_at used_at", `
		SELECT k.name, k.created_at, k.used_at FROM users u JOIN passkeys k ON k.realm_id = u.realm_id AND k.user_id = u.id
		WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3) ORDER BY k.created_at`},
	{"codes", true, "created_at used_at", `
		SELECT c.created_at, c.used_at FROM users u JOIN recovery_codes c ON c.realm_id = u.realm_id AND c.user_id = u.id
		WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3) ORDER BY c.created_at, c.used_at`},
	{"tokens", true, "name scopes created_at expires_at on revoked_at", `
		SELECT b.name, b.scopes, b.created_at, b.expires_at, b.last_used_on, b.revoked_at FROM users u
		JOIN bearer_tokens b ON b.realm_id = u.realm_id AND b.user_id = u.id
		WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3) ORDER BY b.created_at`},
	{"opinions", true, "created_at kind words state answer ended_at", `
		SELECT o.created_at, o.kind, o.words, o.state, o.answer, o.ended_at FROM users u
		JOIN opinions o ON o.realm_id = u.realm_id AND o.user_id = u.id
		WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3) ORDER BY o.created_at`},
	{"clocks", true, "title on state", `
		SELECT c.kind, c.due_on, c.state FROM users u JOIN clocks c ON c.realm_id = u.realm_id AND c.user_id = u.id
		WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3) ORDER BY c.due_on`},
	{"files", true, "name created_at", `
		SELECT f.name, f.created_at FROM users u JOIN files f ON f.realm_id = u.realm_id AND f.created_by = u.id
		WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3) ORDER BY f.created_at`},
	// What was refused is not named: it may be a place that one may not know of.
	{"acts", true, "done_at via action outcome org", `
		SELECT j.at, j.via, j.action, j.outcome, o.name FROM users u
		JOIN journal j ON j.realm_id = u.realm_id AND j.user_id = u.id
		LEFT JOIN orgs o ON o.realm_id = j.realm_id AND o.id = j.org_id AND j.outcome = 'done'
		WHERE u.realm_id = $1 AND (u.id = $2 OR u.person_id = $3) ORDER BY j.id`},
}

// left are the columns that name a person or an account and are in no section,
// and why.
var left = map[string]string{
	"corrections.person_id":  "read by itself, because its values are sealed",
	"corrections.user_id":    "the same",
	"users.person_id":        "ties the account to the record, which is the copy itself",
	"tokens.user_id":         "links and codes of a few hours, kept as hashes",
	"pending_logins.user_id": "sign-ins of the last ten minutes, kept as hashes",
	"answers.user_id":        "answers to programs of the last day, sealed, for the program that asked",
}

// SectionNames lists the sections of a copy, of an account with a record or of
// one without.
func SectionNames(record bool) []string {
	var all []string
	if record {
		all = append(all, "record", "openings", "corrections")
	}
	for _, p := range copied {
		if record || p.account {
			all = append(all, p.name)
		}
	}
	return all
}
