-- A realm is one root of ownership, usually a city. It leads every key.
CREATE TABLE realms (
	id         {{id}} PRIMARY KEY,
	name       text NOT NULL CHECK (name <> ''),
	zone       text NOT NULL,
	synthetic  {{bool}} NOT NULL,
	created_at {{instant}} NOT NULL
) {{strict}};

-- An account of one person who may sign in. login_key is the login, folded.
CREATE TABLE users (
	{{key}},
	realm_id   {{id}} NOT NULL REFERENCES realms (id),
	login      text NOT NULL,
	login_key  {{name}} NOT NULL,
	name       text NOT NULL,
	person_id  {{id}},
	password   text NOT NULL,
	lang       text NOT NULL,
	theme      text NOT NULL,
	disabled   {{bool}} NOT NULL,
	epoch      {{int}} NOT NULL,
	created_at {{instant}} NOT NULL{{endkey}},
	UNIQUE (realm_id, login_key)
) {{strict}};

-- Sessions are kept by the hash of their id and end with the user's epoch.
CREATE TABLE sessions (
	hash       {{name}} PRIMARY KEY,
	realm_id   {{id}} NOT NULL,
	user_id    {{id}} NOT NULL,
	epoch      {{int}} NOT NULL,
	created_at {{instant}} NOT NULL,
	seen_at    {{instant}} NOT NULL,
	expires_at {{instant}} NOT NULL,
	{{ref "user_id" "users"}}
) {{strict}};

CREATE INDEX sessions_by_user ON sessions (realm_id, user_id);

-- One-time tokens: the first administrator, sign-in links. Burned when used.
CREATE TABLE tokens (
	hash       {{name}} PRIMARY KEY,
	realm_id   {{id}} NOT NULL,
	user_id    {{id}},
	purpose    text NOT NULL,
	expires_at {{instant}} NOT NULL,
	used_at    {{instant}}
) {{strict}};

-- A role granted in an organisation holds for everything below it; one granted
-- for an enterprise holds for that enterprise alone.
CREATE TABLE grants (
	{{key}},
	realm_id      {{id}} NOT NULL,
	user_id       {{id}} NOT NULL,
	role          text NOT NULL,
	org_id        {{id}},
	enterprise_id {{id}},
	valid_from    {{date}} NOT NULL,
	valid_to      {{date}} NOT NULL,
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}},
	granted_by    {{id}}{{endkey}},
	CHECK (valid_from < valid_to),
	CHECK ((org_id IS NULL) <> (enterprise_id IS NULL)),
	{{ref "user_id" "users"}}
) {{strict}};

CREATE INDEX grants_by_user ON grants (realm_id, user_id) WHERE superseded_at IS NULL;
CREATE INDEX grants_by_org ON grants (realm_id, org_id) WHERE superseded_at IS NULL;

-- The journal: written in the transaction of the change it tells of. It holds
-- no id number and no phone.
CREATE TABLE journal (
	{{key}},
	realm_id     {{id}} NOT NULL,
	at           {{instant}} NOT NULL,
	via          text NOT NULL,
	user_id      {{id}},
	action       text NOT NULL,
	outcome      text NOT NULL,
	org_id       {{id}},
	subject      text NOT NULL,
	subject_id   {{id}},
	before_state text NOT NULL,
	after_state  text NOT NULL,
	note         text NOT NULL,
	hash         text NOT NULL{{endkey}}
) {{strict}};

CREATE INDEX journal_by_subject ON journal (realm_id, subject_id, id);
CREATE INDEX journal_by_org ON journal (realm_id, org_id, id);
