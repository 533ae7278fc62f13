-- A bearer token lets a program act for a user, within scopes. Its value is
-- shown once; the hash finds it. It ends with the user's epoch.
CREATE TABLE bearer_tokens (
	{{key}},
	realm_id     {{id}} NOT NULL,
	user_id      {{id}} NOT NULL,
	hash         {{name}} NOT NULL,
	epoch        {{int}} NOT NULL,
	name         text NOT NULL,
	scopes       text NOT NULL,
	created_at   {{instant}} NOT NULL,
	expires_at   {{instant}} NOT NULL,
	last_used_on {{date}},
	revoked_at   {{instant}}{{endkey}},
	{{ref "user_id" "users"}}
) {{strict}};

CREATE UNIQUE INDEX bearer_tokens_by_hash ON bearer_tokens (hash);
CREATE INDEX bearer_tokens_by_user ON bearer_tokens (realm_id, user_id);

-- What was answered to a write that came with an Idempotency-Key, sealed, so
-- that the same write sent again gets the same answer and no second effect.
-- A status of 0 says that the write is under way, or that nobody knows.
CREATE TABLE answers (
	{{key}},
	realm_id   {{id}} NOT NULL,
	user_id    {{id}} NOT NULL,
	key_hash   {{name}} NOT NULL,
	body_hash  {{name}} NOT NULL,
	epoch      {{int}} NOT NULL,
	status     {{int}} NOT NULL,
	answer     {{blob}},
	created_at {{instant}} NOT NULL{{endkey}}
) {{strict}};

CREATE UNIQUE INDEX answers_by_key ON answers (realm_id, user_id, key_hash);
CREATE INDEX answers_by_time ON answers (realm_id, created_at);
