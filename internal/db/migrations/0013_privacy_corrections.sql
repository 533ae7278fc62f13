-- What a person asks to have corrected in the own record, item by item. What it
-- should be and why are sealed, as numbers may stand there. org_id was asked.
CREATE TABLE corrections (
	{{key}},
	realm_id    {{id}} NOT NULL,
	person_id   {{id}} NOT NULL,
	user_id     {{id}} NOT NULL,
	org_id      {{id}} NOT NULL,
	item        text NOT NULL,
	wanted      {{blob}} NOT NULL,
	why         {{blob}},
	state       text NOT NULL,
	due_on      {{date}} NOT NULL,
	answer      text NOT NULL,
	answered_by {{id}},
	created_at  {{instant}} NOT NULL,
	ended_at    {{instant}},
	version     {{int}} NOT NULL{{endkey}},
	{{ref "person_id" "persons"}},
	{{ref "user_id" "users"}}
) {{strict}};

CREATE UNIQUE INDEX corrections_open ON corrections (realm_id, person_id, item) WHERE ended_at IS NULL;
CREATE INDEX corrections_by_person ON corrections (realm_id, person_id);
