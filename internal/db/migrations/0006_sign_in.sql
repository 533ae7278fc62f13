-- Attempts to sign in that came to nothing, by a hash of account and address.
-- They are counted before a password is looked at and forgotten after a success.
CREATE TABLE sign_in_failures (
	realm_id   {{id}} NOT NULL,
	key_hash   {{name}} NOT NULL,
	failures   {{int}} NOT NULL,
	wait_until {{instant}},
	last_at    {{instant}} NOT NULL,
	PRIMARY KEY (realm_id, key_hash)
) {{strict}};

CREATE INDEX sign_in_failures_by_time ON sign_in_failures (realm_id, last_at);
CREATE INDEX tokens_by_user ON tokens (realm_id, user_id);
