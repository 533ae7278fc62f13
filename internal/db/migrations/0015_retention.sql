-- What an entry of the journal says of a person: kept beside it, so that it can
-- be erased. The entry holds the digest of salt and body, which its own hash
-- and the chain cover. Entries from before have no digest and keep their words.
ALTER TABLE journal ADD COLUMN digest text NOT NULL DEFAULT '';

CREATE TABLE journal_bodies (
	{{key}},
	realm_id {{id}} NOT NULL,
	salt     {{blob}} NOT NULL,
	body     text NOT NULL{{endkey}}
) {{strict}};

-- What a rule has erased of a person keeps the organisation and the dates of
-- membership, so that figures of past days stay true.
ALTER TABLE persons ADD COLUMN erased_at {{instant}};

-- While a hold lasts nothing of the person is erased. It ends after the day
-- until, or when somebody lifts it.
CREATE TABLE holds (
	{{key}},
	realm_id   {{id}} NOT NULL,
	person_id  {{id}} NOT NULL,
	reason     text NOT NULL,
	until      {{date}} NOT NULL,
	placed_by  {{id}},
	created_at {{instant}} NOT NULL,
	lifted_by  {{id}},
	lifted_at  {{instant}}{{endkey}},
	{{ref "person_id" "persons"}}
) {{strict}};

CREATE UNIQUE INDEX holds_now ON holds (realm_id, person_id) WHERE lifted_at IS NULL;
