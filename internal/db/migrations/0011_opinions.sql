-- What somebody has to say about the work or the program: a complaint, a
-- suggestion, a fault. org_id is asked to answer. page is the pattern of the
-- page it was said on, never its address. The name is shown to whoever answers only if named.
CREATE TABLE opinions (
	{{key}},
	realm_id    {{id}} NOT NULL,
	org_id      {{id}} NOT NULL,
	user_id     {{id}} NOT NULL,
	named       {{bool}} NOT NULL,
	kind        text NOT NULL,
	page        text NOT NULL,
	words       text NOT NULL,
	state       text NOT NULL,
	due_on      {{date}} NOT NULL,
	answer      text NOT NULL,
	answered_by {{id}},
	created_at  {{instant}} NOT NULL,
	ended_at    {{instant}},
	version     {{int}} NOT NULL{{endkey}},
	{{ref "org_id" "orgs"}},
	{{ref "user_id" "users"}}
) {{strict}};

CREATE INDEX opinions_by_org ON opinions (realm_id, org_id, state);
CREATE INDEX opinions_by_user ON opinions (realm_id, user_id);
