-- What a person agreed to: which purpose, which version of its text, when, by
-- which account; on paper, where the paper lies. A withdrawn one stays as proof.
CREATE TABLE consents (
	{{key}},
	realm_id     {{id}} NOT NULL,
	person_id    {{id}} NOT NULL,
	purpose      text NOT NULL,
	text_version {{int}} NOT NULL,
	how          text NOT NULL,
	paper        text NOT NULL,
	given_at     {{instant}} NOT NULL,
	given_by     {{id}},
	withdrawn_at {{instant}},
	withdrawn_by {{id}}{{endkey}},
	{{ref "person_id" "persons"}}
) {{strict}};

CREATE UNIQUE INDEX consents_now ON consents (realm_id, person_id, purpose, text_version) WHERE withdrawn_at IS NULL;
