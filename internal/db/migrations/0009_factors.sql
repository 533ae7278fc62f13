-- Codes by an app (RFC 6238). The secret is sealed; step is the last thirty
-- seconds whose code was accepted. Until it is confirmed it is no factor.
CREATE TABLE totps (
	realm_id     {{id}} NOT NULL,
	user_id      {{id}} NOT NULL,
	secret       {{blob}} NOT NULL,
	step         {{int}} NOT NULL,
	begun_at     {{instant}} NOT NULL,
	confirmed_at {{instant}},
	PRIMARY KEY (realm_id, user_id),
	{{ref "user_id" "users"}}
) {{strict}};

-- Passkeys, by the id that the device gave them. record is what the library
-- must be given back; it holds a public key and nothing secret.
CREATE TABLE passkeys (
	{{key}},
	realm_id   {{id}} NOT NULL,
	user_id    {{id}} NOT NULL,
	credential {{name}} NOT NULL,
	name       text NOT NULL,
	record     text NOT NULL,
	sign_count {{int}} NOT NULL,
	cloned     {{bool}} NOT NULL,
	created_at {{instant}} NOT NULL,
	used_at    {{instant}}{{endkey}},
	UNIQUE (realm_id, credential),
	{{ref "user_id" "users"}}
) {{strict}};

CREATE INDEX passkeys_by_user ON passkeys (realm_id, user_id);

-- Ten codes that stand in for a lost factor, by their keyed hash.
CREATE TABLE recovery_codes (
	realm_id   {{id}} NOT NULL,
	user_id    {{id}} NOT NULL,
	hash       {{name}} NOT NULL,
	created_at {{instant}} NOT NULL,
	used_at    {{instant}},
	PRIMARY KEY (realm_id, user_id, hash),
	{{ref "user_id" "users"}}
) {{strict}};

-- Sign-ins that wait for their second step, and what a passkey is to sign
-- meanwhile. Each is bound to one browser by the hash of a cookie.
CREATE TABLE pending_logins (
	hash       {{name}} PRIMARY KEY,
	realm_id   {{id}} NOT NULL,
	user_id    {{id}},
	epoch      {{int}} NOT NULL,
	how        text NOT NULL,
	challenge  text NOT NULL,
	expires_at {{instant}} NOT NULL
) {{strict}};

CREATE INDEX pending_logins_by_user ON pending_logins (realm_id, user_id);

-- Sessions get an id that can be shown, where they began, and when the person
-- last proved who it is. Those from before end.
DELETE FROM sessions;

ALTER TABLE sessions ADD COLUMN id {{id}} NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '';

ALTER TABLE sessions ADD COLUMN proved_at {{instant}};
