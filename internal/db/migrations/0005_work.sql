-- A deadline computed from a rule. org_id is the one side responsible now.
-- about and args are the catalog key and arguments of its title.
CREATE TABLE clocks (
	{{key}},
	realm_id     {{id}} NOT NULL,
	kind         text NOT NULL,
	rule         text NOT NULL,
	version      text NOT NULL,
	subject      text NOT NULL,
	subject_id   {{id}} NOT NULL,
	org_id       {{id}} NOT NULL,
	user_id      {{id}},
	started_on   {{date}} NOT NULL,
	input        text NOT NULL,
	remind_on    {{date}} NOT NULL,
	due_on       {{date}} NOT NULL,
	provisional  {{bool}} NOT NULL,
	state        text NOT NULL,
	snoozed_to   {{date}},
	reason       text NOT NULL,
	created_at   {{instant}} NOT NULL,
	ended_at     {{instant}},
	ended_by     {{id}}{{endkey}},
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE UNIQUE INDEX clocks_running ON clocks (realm_id, kind, subject_id) WHERE ended_at IS NULL;
CREATE INDEX clocks_by_org ON clocks (realm_id, org_id, due_on) WHERE ended_at IS NULL;

-- Work over time: leased by one worker, taken up again when a lease runs out.
CREATE TABLE jobs (
	{{key}},
	realm_id    {{id}} NOT NULL,
	kind        text NOT NULL,
	subject_id  {{id}},
	org_id      {{id}},
	state       text NOT NULL,
	done        {{int}} NOT NULL,
	total       {{int}} NOT NULL,
	message     text NOT NULL,
	cancel      {{bool}} NOT NULL,
	tries       {{int}} NOT NULL,
	leased_to   {{instant}},
	created_by  {{id}},
	created_at  {{instant}} NOT NULL,
	started_at  {{instant}},
	ended_at    {{instant}}{{endkey}}
) {{strict}};

CREATE INDEX jobs_waiting ON jobs (realm_id, state, id) WHERE ended_at IS NULL;

-- A file kept sealed in the data folder under its id.
CREATE TABLE files (
	{{key}},
	realm_id   {{id}} NOT NULL,
	name       text NOT NULL,
	size       {{int}} NOT NULL,
	sha256     text NOT NULL,
	created_by {{id}},
	created_at {{instant}} NOT NULL{{endkey}}
) {{strict}};

-- One import of one file: checked, then written, undone within seven days.
CREATE TABLE batches (
	{{key}},
	realm_id    {{id}} NOT NULL,
	entity      text NOT NULL,
	org_id      {{id}} NOT NULL,
	file_id     {{id}} NOT NULL,
	sheet       text NOT NULL,
	mapping     text NOT NULL,
	fingerprint text NOT NULL,
	state       text NOT NULL,
	whole       {{bool}} NOT NULL,
	rows_total  {{int}} NOT NULL,
	rows_done   {{int}} NOT NULL,
	created_by  {{id}},
	created_at  {{instant}} NOT NULL,
	checked_at  {{instant}},
	written_at  {{instant}},
	undone_at   {{instant}}{{endkey}},
	{{ref "org_id" "orgs"}},
	{{ref "file_id" "files"}}
) {{strict}};

-- What became of each row: its verdict, the record it made or changed, and
-- problems and differences as text. Values of sealed fields never stand here.
CREATE TABLE batch_rows (
	realm_id   {{id}} NOT NULL,
	batch_id   {{id}} NOT NULL,
	row_number {{int}} NOT NULL,
	title      text NOT NULL,
	place      text NOT NULL,
	verdict    text NOT NULL,
	problems   text NOT NULL,
	changes    text NOT NULL,
	subject_id {{id}},
	undo       {{blob}},
	PRIMARY KEY (realm_id, batch_id, row_number),
	{{ref "batch_id" "batches"}}
) {{strict}};

-- Which column meant what, remembered by organisation and header.
CREATE TABLE mappings (
	realm_id    {{id}} NOT NULL,
	org_id      {{id}} NOT NULL,
	entity      text NOT NULL,
	fingerprint {{name}} NOT NULL,
	mapping     text NOT NULL,
	used_at     {{instant}} NOT NULL,
	PRIMARY KEY (realm_id, org_id, entity, fingerprint)
) {{strict}};

-- A number as somebody published it, kept as it was printed, beside the one
-- that Tongpin computes.
CREATE TABLE reported_figures (
	{{key}},
	realm_id    {{id}} NOT NULL,
	org_id      {{id}} NOT NULL,
	figure      text NOT NULL,
	on_day      {{date}} NOT NULL,
	printed     text NOT NULL,
	source      text NOT NULL,
	reported_on {{date}} NOT NULL{{endkey}},
	{{ref "org_id" "orgs"}}
) {{strict}};
