-- A person, with the items of a roster and no more. id_number and phone are
-- sealed; their hashes find an exact value. at_* and kind repeat the formal
-- affiliation that holds now (memberships), for lists: at_path is its
-- organisation's path, at_1 and at_2 the organisations at depth 1 and 2 above.
CREATE TABLE persons (
	{{key}},
	realm_id       {{id}} NOT NULL REFERENCES realms (id),
	name           text NOT NULL,
	name_key       {{name}} NOT NULL,
	initials       {{name}} NOT NULL,
	sex            text NOT NULL,
	ethnicity      text NOT NULL,
	born_on        {{date}},
	education      text NOT NULL,
	id_number      {{blob}},
	id_number_hash {{blob}},
	phone          {{blob}},
	phone_hash     {{blob}},
	joined_on      {{date}},
	confirmed_on   {{date}},
	position       text NOT NULL,
	note           text NOT NULL,
	kind           text NOT NULL,
	at_org         {{id}},
	at_path        {{name}} NOT NULL,
	at_1           {{id}},
	at_2           {{id}},
	removed_at     {{instant}},
	version        {{int}} NOT NULL,
	created_at     {{instant}} NOT NULL{{endkey}}
) {{strict}};

CREATE UNIQUE INDEX persons_by_id_number ON persons (realm_id, id_number_hash);
CREATE INDEX persons_by_phone ON persons (realm_id, phone_hash);

-- Lists by name: one index per size of subtree, with the kind to filter by.
CREATE INDEX persons_by_path ON persons (realm_id, at_path, name_key, kind);
CREATE INDEX persons_at_1 ON persons (realm_id, at_1, name_key, kind);
CREATE INDEX persons_at_2 ON persons (realm_id, at_2, name_key, kind);
CREATE INDEX persons_by_name ON persons (realm_id, name_key, kind);
CREATE INDEX persons_by_initials ON persons (realm_id, initials, name_key, kind);

-- Nearly everybody is a full member; for a list of the others.
CREATE INDEX persons_rare_1 ON persons (realm_id, at_1, kind, name_key) WHERE kind <> 'full';
CREATE INDEX persons_rare_2 ON persons (realm_id, at_2, kind, name_key) WHERE kind <> 'full';
CREATE INDEX persons_rare ON persons (realm_id, kind, name_key) WHERE kind <> 'full';

-- The dated tie of a person to one organisation: exactly one on any day.
CREATE TABLE memberships (
	{{key}},
	realm_id      {{id}} NOT NULL,
	person_id     {{id}} NOT NULL,
	org_id        {{id}} NOT NULL,
	kind          text NOT NULL,
	valid_from    {{date}} NOT NULL,
	valid_to      {{date}} NOT NULL,
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}},
	reason        text NOT NULL,
	batch_id      {{id}}{{endkey}},
	CHECK (valid_from < valid_to),
	{{ref "person_id" "persons"}},
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE INDEX memberships_by_person ON memberships (realm_id, person_id);
CREATE INDEX memberships_by_org ON memberships (realm_id, org_id);

{{search "person_search"}};
