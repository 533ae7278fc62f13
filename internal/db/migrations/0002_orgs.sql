-- An organisation as it is now: what lists read. Its place, name and kind are
-- dated facts in org_facts; this row repeats the fact that holds today and is
-- written with it in one function.
-- number is unique in the realm; path is the numbers from the root, "1.20.311.".
CREATE TABLE orgs (
	{{key}},
	realm_id          {{id}} NOT NULL REFERENCES realms (id),
	number            {{int}} NOT NULL,
	parent_id         {{id}},
	path              {{name}} NOT NULL,
	depth             {{int}} NOT NULL,
	name              text NOT NULL CHECK (name <> ''),
	name_key          {{name}} NOT NULL,
	initials          {{name}} NOT NULL,
	kind              text NOT NULL,
	setup_mode        text NOT NULL,
	host_situation    text NOT NULL,
	approval_document text NOT NULL,
	founded_on        {{date}} NOT NULL,
	dissolved_on      {{date}},
	version           {{int}} NOT NULL,
	created_at        {{instant}} NOT NULL{{endkey}},
	UNIQUE (realm_id, number),
	{{ref "parent_id" "orgs"}}
) {{strict}};

CREATE UNIQUE INDEX orgs_by_path ON orgs (realm_id, path);
CREATE INDEX orgs_by_parent ON orgs (realm_id, parent_id, name_key);
CREATE INDEX orgs_by_initials ON orgs (realm_id, initials);
CREATE INDEX orgs_by_name ON orgs (realm_id, name_key);

-- What held of an organisation on which days, and when we knew it. A
-- correction supersedes a row and adds another; nothing is overwritten.
CREATE TABLE org_facts (
	{{key}},
	realm_id       {{id}} NOT NULL,
	org_id         {{id}} NOT NULL,
	parent_id      {{id}},
	name           text NOT NULL,
	kind           text NOT NULL,
	setup_mode     text NOT NULL,
	host_situation text NOT NULL,
	valid_from     {{date}} NOT NULL,
	valid_to       {{date}} NOT NULL,
	recorded_at    {{instant}} NOT NULL,
	superseded_at  {{instant}},
	event_id       {{id}} NOT NULL{{endkey}},
	CHECK (valid_from < valid_to),
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE INDEX org_facts_by_org ON org_facts (realm_id, org_id, recorded_at);
CREATE UNIQUE INDEX org_facts_now ON org_facts (realm_id, org_id) WHERE superseded_at IS NULL AND valid_to = '9999-12-31';

-- What was done to an organisation: founded, renamed, moved, merged, split,
-- changed, dissolved, corrected. other_id is the other side of a merger or split.
CREATE TABLE org_events (
	{{key}},
	realm_id    {{id}} NOT NULL,
	org_id      {{id}} NOT NULL,
	kind        text NOT NULL,
	happened_on {{date}} NOT NULL,
	other_id    {{id}},
	was         text NOT NULL,
	became      text NOT NULL,
	document    text NOT NULL,
	reason      text NOT NULL,
	batch_id    {{id}},
	recorded_at {{instant}} NOT NULL,
	recorded_by {{id}}{{endkey}},
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE INDEX org_events_by_org ON org_events (realm_id, org_id, happened_on);

-- Terms of office. elected_on is not known where a ledger gives the end only.
CREATE TABLE terms (
	{{key}},
	realm_id   {{id}} NOT NULL,
	org_id     {{id}} NOT NULL,
	number     {{int}},
	elected_on {{date}},
	ends_on    {{date}} NOT NULL,
	ended_on   {{date}},
	document   text NOT NULL,
	batch_id   {{id}},
	version    {{int}} NOT NULL,
	created_at {{instant}} NOT NULL{{endkey}},
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE UNIQUE INDEX terms_now ON terms (realm_id, org_id) WHERE ended_on IS NULL;
CREATE INDEX terms_by_end ON terms (realm_id, ends_on) WHERE ended_on IS NULL;

-- Who holds which duty in an organisation, from when.
CREATE TABLE officers (
	{{key}},
	realm_id   {{id}} NOT NULL,
	org_id     {{id}} NOT NULL,
	person_id  {{id}} NOT NULL,
	duty       text NOT NULL,
	valid_from {{date}} NOT NULL,
	valid_to   {{date}} NOT NULL,
	recorded_at   {{instant}} NOT NULL,
	superseded_at {{instant}}{{endkey}},
	CHECK (valid_from < valid_to),
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE INDEX officers_by_org ON officers (realm_id, org_id) WHERE superseded_at IS NULL;

-- Counters kept in the transaction of the change: own is the organisation's,
-- below includes everything under it.
CREATE TABLE tallies (
	realm_id {{id}} NOT NULL,
	org_id   {{id}} NOT NULL,
	what     text NOT NULL,
	own      {{int}} NOT NULL,
	below    {{int}} NOT NULL,
	PRIMARY KEY (realm_id, org_id, what)
) {{strict}};

{{search "org_search"}};
