-- A realm is one root of ownership, usually a city. It leads every key.
CREATE TABLE realms (
	id         integer PRIMARY KEY,
	name       text NOT NULL CHECK (name <> ''),
	zone       text NOT NULL,
	synthetic  integer NOT NULL,
	created_at integer NOT NULL
) STRICT;

-- An account of one person who may sign in. login_key is the login, folded.
CREATE TABLE users (
	id integer PRIMARY KEY,
	realm_id   integer NOT NULL REFERENCES realms (id),
	login      text NOT NULL,
	login_key  text NOT NULL,
	name       text NOT NULL,
	person_id  integer,
	password   text NOT NULL,
	lang       text NOT NULL,
	theme      text NOT NULL,
	disabled   integer NOT NULL,
	epoch      integer NOT NULL,
	created_at integer NOT NULL,
	UNIQUE (realm_id, login_key)
) STRICT;

-- Sessions are kept by the hash of their id and end with the user's epoch.
CREATE TABLE sessions (
	hash       text PRIMARY KEY,
	realm_id   integer NOT NULL,
	user_id    integer NOT NULL,
	epoch      integer NOT NULL,
	created_at integer NOT NULL,
	seen_at    integer NOT NULL,
	expires_at integer NOT NULL,
	FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;

CREATE INDEX sessions_by_user ON sessions (realm_id, user_id);

-- One-time tokens: the first administrator, sign-in links. Burned when used.
CREATE TABLE tokens (
	hash       text PRIMARY KEY,
	realm_id   integer NOT NULL,
	user_id    integer,
	purpose    text NOT NULL,
	expires_at integer NOT NULL,
	used_at    integer
) STRICT;

-- A role granted in an organisation holds for everything below it; one granted
-- for an enterprise holds for that enterprise alone.
CREATE TABLE grants (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	user_id       integer NOT NULL,
	role          text NOT NULL,
	org_id        integer,
	enterprise_id integer,
	valid_from    text NOT NULL,
	valid_to      text NOT NULL,
	recorded_at   integer NOT NULL,
	superseded_at integer,
	granted_by    integer,
	CHECK (valid_from < valid_to),
	CHECK ((org_id IS NULL) <> (enterprise_id IS NULL)),
	FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;

CREATE INDEX grants_by_user ON grants (realm_id, user_id) WHERE superseded_at IS NULL;
CREATE INDEX grants_by_org ON grants (realm_id, org_id) WHERE superseded_at IS NULL;

-- The journal: written in the transaction of the change it tells of. It holds
-- no id number and no phone.
CREATE TABLE journal (
	id integer PRIMARY KEY,
	realm_id     integer NOT NULL,
	at           integer NOT NULL,
	via          text NOT NULL,
	user_id      integer,
	action       text NOT NULL,
	outcome      text NOT NULL,
	org_id       integer,
	subject      text NOT NULL,
	subject_id   integer,
	before_state text NOT NULL,
	after_state  text NOT NULL,
	note         text NOT NULL,
	hash         text NOT NULL
) STRICT;

CREATE INDEX journal_by_subject ON journal (realm_id, subject_id, id);
CREATE INDEX journal_by_org ON journal (realm_id, org_id, id);
-- An organisation as it is now: what lists read. Its place, name and kind are
-- dated facts in org_facts; this row repeats the fact that holds today and is
-- written with it in one function.
-- number is unique in the realm; path is the numbers from the root, "1.20.311.".
CREATE TABLE orgs (
	id integer PRIMARY KEY,
	realm_id          integer NOT NULL REFERENCES realms (id),
	number            integer NOT NULL,
	parent_id         integer,
	path              text NOT NULL,
	depth             integer NOT NULL,
	name              text NOT NULL CHECK (name <> ''),
	name_key          text NOT NULL,
	initials          text NOT NULL,
	kind              text NOT NULL,
	setup_mode        text NOT NULL,
	host_situation    text NOT NULL,
	approval_document text NOT NULL,
	founded_on        text NOT NULL,
	dissolved_on      text,
	version           integer NOT NULL,
	created_at        integer NOT NULL,
	UNIQUE (realm_id, number),
	FOREIGN KEY (parent_id) REFERENCES orgs (id)
) STRICT;

CREATE UNIQUE INDEX orgs_by_path ON orgs (realm_id, path);
CREATE INDEX orgs_by_parent ON orgs (realm_id, parent_id, name_key);
CREATE INDEX orgs_by_initials ON orgs (realm_id, initials);
CREATE INDEX orgs_by_name ON orgs (realm_id, name_key);

-- What held of an organisation on which days, and when we knew it. A
-- correction supersedes a row and adds another; nothing is overwritten.
CREATE TABLE org_facts (
	id integer PRIMARY KEY,
	realm_id       integer NOT NULL,
	org_id         integer NOT NULL,
	parent_id      integer,
	name           text NOT NULL,
	kind           text NOT NULL,
	setup_mode     text NOT NULL,
	host_situation text NOT NULL,
	valid_from     text NOT NULL,
	valid_to       text NOT NULL,
	recorded_at    integer NOT NULL,
	superseded_at  integer,
	event_id       integer NOT NULL,
	CHECK (valid_from < valid_to),
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE INDEX org_facts_by_org ON org_facts (realm_id, org_id, recorded_at);
CREATE UNIQUE INDEX org_facts_now ON org_facts (realm_id, org_id) WHERE superseded_at IS NULL AND valid_to = '9999-12-31';

-- What was done to an organisation: founded, renamed, moved, merged, split,
-- changed, dissolved, corrected. other_id is the other side of a merger or split.
CREATE TABLE org_events (
	id integer PRIMARY KEY,
	realm_id    integer NOT NULL,
	org_id      integer NOT NULL,
	kind        text NOT NULL,
	happened_on text NOT NULL,
	other_id    integer,
	was         text NOT NULL,
	became      text NOT NULL,
	document    text NOT NULL,
	reason      text NOT NULL,
	batch_id    integer,
	recorded_at integer NOT NULL,
	recorded_by integer,
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE INDEX org_events_by_org ON org_events (realm_id, org_id, happened_on);

-- Terms of office. elected_on is not known where a ledger gives the end only.
CREATE TABLE terms (
	id integer PRIMARY KEY,
	realm_id   integer NOT NULL,
	org_id     integer NOT NULL,
	number     integer,
	elected_on text,
	ends_on    text NOT NULL,
	ended_on   text,
	document   text NOT NULL,
	batch_id   integer,
	version    integer NOT NULL,
	created_at integer NOT NULL,
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE UNIQUE INDEX terms_now ON terms (realm_id, org_id) WHERE ended_on IS NULL;
CREATE INDEX terms_by_end ON terms (realm_id, ends_on) WHERE ended_on IS NULL;

-- Who holds which duty in an organisation, from when.
CREATE TABLE officers (
	id integer PRIMARY KEY,
	realm_id   integer NOT NULL,
	org_id     integer NOT NULL,
	person_id  integer NOT NULL,
	duty       text NOT NULL,
	valid_from text NOT NULL,
	valid_to   text NOT NULL,
	recorded_at   integer NOT NULL,
	superseded_at integer,
	CHECK (valid_from < valid_to),
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE INDEX officers_by_org ON officers (realm_id, org_id) WHERE superseded_at IS NULL;

-- Counters kept in the transaction of the change: own is the organisation's,
-- below includes everything under it.
CREATE TABLE tallies (
	realm_id integer NOT NULL,
	org_id   integer NOT NULL,
	what     text NOT NULL,
	own      integer NOT NULL,
	below    integer NOT NULL,
	PRIMARY KEY (realm_id, org_id, what)
) STRICT;

CREATE VIRTUAL TABLE org_search USING fts5(words, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0");
-- An enterprise (company, institute, social organisation) as it is now. What
-- must be replayed is dated in enterprise_facts and repeated here.
-- org_id is the organisation that looks after it, whether or not it is covered.
CREATE TABLE enterprises (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL REFERENCES realms (id),
	name          text NOT NULL CHECK (name <> ''),
	name_key      text NOT NULL,
	initials      text NOT NULL,
	credit_code   text,
	org_id        integer NOT NULL,
	path          text NOT NULL,
	type          text NOT NULL,
	industry      text NOT NULL,
	employees     integer,
	foreign_share integer,
	state         text NOT NULL,
	verified_on   text,
	members_found integer,
	version       integer NOT NULL,
	created_at    integer NOT NULL,
	CHECK (employees >= 0),
	CHECK (foreign_share BETWEEN 0 AND 100),
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE UNIQUE INDEX enterprises_by_code ON enterprises (realm_id, credit_code);
CREATE INDEX enterprises_by_path ON enterprises (realm_id, path, name_key);
CREATE INDEX enterprises_by_name ON enterprises (realm_id, name_key);
CREATE INDEX enterprises_by_initials ON enterprises (realm_id, initials);

-- What held of an enterprise on which days, and when we knew it.
-- members_found counts full members seen at the last verification.
CREATE TABLE enterprise_facts (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	enterprise_id integer NOT NULL,
	org_id        integer NOT NULL,
	name          text NOT NULL,
	type          text NOT NULL,
	industry      text NOT NULL,
	employees     integer,
	foreign_share integer,
	state         text NOT NULL,
	verified_on   text,
	members_found integer,
	reason        text NOT NULL,
	valid_from    text NOT NULL,
	valid_to      text NOT NULL,
	recorded_at   integer NOT NULL,
	superseded_at integer,
	batch_id      integer,
	CHECK (valid_from < valid_to),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id)
) STRICT;

CREATE INDEX enterprise_facts_by_enterprise ON enterprise_facts (realm_id, enterprise_id, recorded_at);
CREATE UNIQUE INDEX enterprise_facts_now ON enterprise_facts (realm_id, enterprise_id) WHERE superseded_at IS NULL AND valid_to = '9999-12-31';

-- Which organisation is hosted by which enterprise, from when: many to many.
-- A joint branch is hosted by each enterprise that it covers.
CREATE TABLE hostings (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	org_id        integer NOT NULL,
	enterprise_id integer NOT NULL,
	valid_from    text NOT NULL,
	valid_to      text NOT NULL,
	recorded_at   integer NOT NULL,
	superseded_at integer,
	reason        text NOT NULL,
	batch_id      integer,
	CHECK (valid_from < valid_to),
	FOREIGN KEY (org_id) REFERENCES orgs (id),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id)
) STRICT;

CREATE INDEX hostings_by_enterprise ON hostings (realm_id, enterprise_id);
CREATE INDEX hostings_by_org ON hostings (realm_id, org_id);

CREATE TABLE teams (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	enterprise_id integer NOT NULL,
	org_id        integer,
	name          text NOT NULL CHECK (name <> ''),
	formed_on     text,
	ended_on      text,
	version       integer NOT NULL,
	created_at    integer NOT NULL,
	UNIQUE (realm_id, enterprise_id, name),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id)
) STRICT;

-- Groupings stand beside the tree: chain, building, floor, park, platform,
-- street, trade. Their name and place among themselves are dated.
CREATE TABLE groupings (
	id integer PRIMARY KEY,
	realm_id   integer NOT NULL REFERENCES realms (id),
	kind       text NOT NULL,
	name       text NOT NULL CHECK (name <> ''),
	name_key   text NOT NULL,
	parent_id  integer,
	org_id     integer,
	version    integer NOT NULL,
	created_at integer NOT NULL,
	FOREIGN KEY (parent_id) REFERENCES groupings (id)
) STRICT;

CREATE INDEX groupings_by_kind ON groupings (realm_id, kind, name_key);

CREATE TABLE grouping_facts (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	grouping_id   integer NOT NULL,
	name          text NOT NULL,
	parent_id     integer,
	valid_from    text NOT NULL,
	valid_to      text NOT NULL,
	recorded_at   integer NOT NULL,
	superseded_at integer,
	CHECK (valid_from < valid_to),
	FOREIGN KEY (grouping_id) REFERENCES groupings (id)
) STRICT;

CREATE INDEX grouping_facts_by_grouping ON grouping_facts (realm_id, grouping_id);

CREATE TABLE grouping_members (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	grouping_id   integer NOT NULL,
	enterprise_id integer NOT NULL,
	role          text NOT NULL,
	valid_from    text NOT NULL,
	valid_to      text NOT NULL,
	recorded_at   integer NOT NULL,
	superseded_at integer,
	batch_id      integer,
	CHECK (valid_from < valid_to),
	FOREIGN KEY (grouping_id) REFERENCES groupings (id),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id)
) STRICT;

CREATE INDEX grouping_members_by_grouping ON grouping_members (realm_id, grouping_id);
CREATE INDEX grouping_members_by_enterprise ON grouping_members (realm_id, enterprise_id);

-- Instructors and liaisons with their enterprises: dated appointments.
CREATE TABLE appointments (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	kind          text NOT NULL,
	person_id     integer NOT NULL,
	enterprise_id integer NOT NULL,
	purpose       text NOT NULL,
	valid_from    text NOT NULL,
	valid_to      text NOT NULL,
	recorded_at   integer NOT NULL,
	superseded_at integer,
	end_reason    text NOT NULL,
	CHECK (valid_from < valid_to),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id)
) STRICT;

CREATE INDEX appointments_by_enterprise ON appointments (realm_id, enterprise_id);
CREATE INDEX appointments_by_person ON appointments (realm_id, person_id);

CREATE TABLE visits (
	id integer PRIMARY KEY,
	realm_id       integer NOT NULL,
	appointment_id integer NOT NULL,
	enterprise_id  integer NOT NULL,
	visited_on     text NOT NULL,
	met            text NOT NULL,
	need           text NOT NULL,
	next_step      text NOT NULL,
	recorded_at    integer NOT NULL,
	recorded_by    integer,
	FOREIGN KEY (appointment_id) REFERENCES appointments (id)
) STRICT;

CREATE INDEX visits_by_enterprise ON visits (realm_id, enterprise_id, visited_on);

-- Trade union or youth league through which the work is done (R-106).
CREATE TABLE mass_bodies (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	enterprise_id integer NOT NULL,
	kind          text NOT NULL,
	valid_from    text NOT NULL,
	valid_to      text NOT NULL,
	recorded_at   integer NOT NULL,
	superseded_at integer,
	CHECK (valid_from < valid_to),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id)
) STRICT;

CREATE INDEX mass_bodies_by_enterprise ON mass_bodies (realm_id, enterprise_id);

-- When and by whom an enterprise that is not covered is to be covered, and
-- what stands in the way.
CREATE TABLE coverage_plans (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	enterprise_id integer NOT NULL,
	planned_on    text,
	owner_org_id  integer,
	obstacle      text NOT NULL,
	note          text NOT NULL,
	valid_from    text NOT NULL,
	valid_to      text NOT NULL,
	recorded_at   integer NOT NULL,
	superseded_at integer,
	CHECK (valid_from < valid_to),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id)
) STRICT;

CREATE INDEX coverage_plans_by_enterprise ON coverage_plans (realm_id, enterprise_id);

CREATE VIRTUAL TABLE enterprise_search USING fts5(words, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0");
-- A person, with the items of a roster and no more. id_number and phone are
-- sealed; their hashes find an exact value. at_* and kind repeat the formal
-- affiliation that holds now (memberships), for lists: at_path is its
-- organisation's path, at_1 and at_2 the organisations at depth 1 and 2 above.
CREATE TABLE persons (
	id integer PRIMARY KEY,
	realm_id       integer NOT NULL REFERENCES realms (id),
	name           text NOT NULL,
	name_key       text NOT NULL,
	initials       text NOT NULL,
	sex            text NOT NULL,
	ethnicity      text NOT NULL,
	born_on        text,
	education      text NOT NULL,
	id_number      blob,
	id_number_hash blob,
	phone          blob,
	phone_hash     blob,
	joined_on      text,
	confirmed_on   text,
	position       text NOT NULL,
	note           text NOT NULL,
	kind           text NOT NULL,
	at_org         integer,
	at_path        text NOT NULL,
	at_1           integer,
	at_2           integer,
	removed_at     integer,
	version        integer NOT NULL,
	created_at     integer NOT NULL
) STRICT;

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
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	person_id     integer NOT NULL,
	org_id        integer NOT NULL,
	kind          text NOT NULL,
	valid_from    text NOT NULL,
	valid_to      text NOT NULL,
	recorded_at   integer NOT NULL,
	superseded_at integer,
	reason        text NOT NULL,
	batch_id      integer,
	CHECK (valid_from < valid_to),
	FOREIGN KEY (person_id) REFERENCES persons (id),
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE INDEX memberships_by_person ON memberships (realm_id, person_id);
CREATE INDEX memberships_by_org ON memberships (realm_id, org_id);

CREATE VIRTUAL TABLE person_search USING fts5(words, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0");
-- A deadline computed from a rule. org_id is the one side responsible now.
-- about and args are the catalog key and arguments of its title.
CREATE TABLE clocks (
	id integer PRIMARY KEY,
	realm_id     integer NOT NULL,
	kind         text NOT NULL,
	rule         text NOT NULL,
	version      text NOT NULL,
	subject      text NOT NULL,
	subject_id   integer NOT NULL,
	org_id       integer NOT NULL,
	user_id      integer,
	started_on   text NOT NULL,
	input        text NOT NULL,
	remind_on    text NOT NULL,
	due_on       text NOT NULL,
	provisional  integer NOT NULL,
	state        text NOT NULL,
	snoozed_to   text,
	reason       text NOT NULL,
	created_at   integer NOT NULL,
	ended_at     integer,
	ended_by     integer,
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE UNIQUE INDEX clocks_running ON clocks (realm_id, kind, subject_id) WHERE ended_at IS NULL;
CREATE INDEX clocks_by_org ON clocks (realm_id, org_id, due_on) WHERE ended_at IS NULL;

-- Work over time: leased by one worker, taken up again when a lease runs out.
CREATE TABLE jobs (
	id integer PRIMARY KEY,
	realm_id    integer NOT NULL,
	kind        text NOT NULL,
	subject_id  integer,
	org_id      integer,
	state       text NOT NULL,
	done        integer NOT NULL,
	total       integer NOT NULL,
	message     text NOT NULL,
	cancel      integer NOT NULL,
	tries       integer NOT NULL,
	leased_to   integer,
	created_by  integer,
	created_at  integer NOT NULL,
	started_at  integer,
	ended_at    integer
) STRICT;

CREATE INDEX jobs_waiting ON jobs (realm_id, state, id) WHERE ended_at IS NULL;

-- A file kept sealed in the data folder under its id.
CREATE TABLE files (
	id integer PRIMARY KEY,
	realm_id   integer NOT NULL,
	name       text NOT NULL,
	size       integer NOT NULL,
	sha256     text NOT NULL,
	created_by integer,
	created_at integer NOT NULL
) STRICT;

-- One import of one file: checked, then written, undone within seven days.
CREATE TABLE batches (
	id integer PRIMARY KEY,
	realm_id    integer NOT NULL,
	entity      text NOT NULL,
	org_id      integer NOT NULL,
	file_id     integer NOT NULL,
	sheet       text NOT NULL,
	mapping     text NOT NULL,
	fingerprint text NOT NULL,
	state       text NOT NULL,
	whole       integer NOT NULL,
	rows_total  integer NOT NULL,
	rows_done   integer NOT NULL,
	created_by  integer,
	created_at  integer NOT NULL,
	checked_at  integer,
	written_at  integer,
	undone_at   integer,
	FOREIGN KEY (org_id) REFERENCES orgs (id),
	FOREIGN KEY (file_id) REFERENCES files (id)
) STRICT;

-- What became of each row: its verdict, the record it made or changed, and
-- problems and differences as text. Values of sealed fields never stand here.
CREATE TABLE batch_rows (
	realm_id   integer NOT NULL,
	batch_id   integer NOT NULL,
	row_number integer NOT NULL,
	title      text NOT NULL,
	place      text NOT NULL,
	verdict    text NOT NULL,
	problems   text NOT NULL,
	changes    text NOT NULL,
	subject_id integer,
	undo       blob,
	PRIMARY KEY (realm_id, batch_id, row_number),
	FOREIGN KEY (batch_id) REFERENCES batches (id)
) STRICT;

-- Which column meant what, remembered by organisation and header.
CREATE TABLE mappings (
	realm_id    integer NOT NULL,
	org_id      integer NOT NULL,
	entity      text NOT NULL,
	fingerprint text NOT NULL,
	mapping     text NOT NULL,
	used_at     integer NOT NULL,
	PRIMARY KEY (realm_id, org_id, entity, fingerprint)
) STRICT;

-- A number as somebody published it, kept as it was printed, beside the one
-- that Tongpin computes.
CREATE TABLE reported_figures (
	id integer PRIMARY KEY,
	realm_id    integer NOT NULL,
	org_id      integer NOT NULL,
	figure      text NOT NULL,
	on_day      text NOT NULL,
	printed     text NOT NULL,
	source      text NOT NULL,
	reported_on text NOT NULL,
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;
-- Attempts to sign in that came to nothing, by a hash of account and address.
-- They are counted before a password is looked at and forgotten after a success.
CREATE TABLE sign_in_failures (
	realm_id   integer NOT NULL,
	key_hash   text NOT NULL,
	failures   integer NOT NULL,
	wait_until integer,
	last_at    integer NOT NULL,
	PRIMARY KEY (realm_id, key_hash)
) STRICT;

CREATE INDEX sign_in_failures_by_time ON sign_in_failures (realm_id, last_at);
CREATE INDEX tokens_by_user ON tokens (realm_id, user_id);
-- A person's page names the duties that he or she holds.
CREATE INDEX officers_by_person ON officers (realm_id, person_id) WHERE superseded_at IS NULL;
-- Administrators are parted in three. Whoever managed accounts before goes on
-- managing accounts, and that alone.
UPDATE grants SET role = 'security' WHERE role = 'admin';
-- The chain over the journal: each committed entry has one link, whose hash
-- follows from the link before and the entry. A sequencer writes them, so that
-- writers never wait for the head of the chain. The key is the entry's.
CREATE TABLE journal_links (
	id integer PRIMARY KEY,
	realm_id integer NOT NULL,
	seq      integer NOT NULL,
	hash     text NOT NULL,
	UNIQUE (realm_id, seq)
) STRICT;

-- Signed statements of how far the chain had come. They are also appended to a
-- file outside the data folder, where one is named.
CREATE TABLE journal_checkpoints (
	realm_id  integer NOT NULL,
	seq       integer NOT NULL,
	hash      text NOT NULL,
	at        integer NOT NULL,
	signature text NOT NULL,
	PRIMARY KEY (realm_id, seq)
) STRICT;
-- Codes by an app (RFC 6238). The secret is sealed; step is the last thirty
-- seconds whose code was accepted. Until it is confirmed it is no factor.
CREATE TABLE totps (
	realm_id     integer NOT NULL,
	user_id      integer NOT NULL,
	secret       blob NOT NULL,
	step         integer NOT NULL,
	begun_at     integer NOT NULL,
	confirmed_at integer,
	PRIMARY KEY (realm_id, user_id),
	FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;

-- Passkeys, by the id that the device gave them. record is what the library
-- must be given back; it holds a public key and nothing secret.
CREATE TABLE passkeys (
	id integer PRIMARY KEY,
	realm_id   integer NOT NULL,
	user_id    integer NOT NULL,
	credential text NOT NULL,
	name       text NOT NULL,
	record     text NOT NULL,
	sign_count integer NOT NULL,
	cloned     integer NOT NULL,
	created_at integer NOT NULL,
	used_at    integer,
	UNIQUE (realm_id, credential),
	FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;

CREATE INDEX passkeys_by_user ON passkeys (realm_id, user_id);

-- Ten codes that stand in for a lost factor, by their keyed hash.
CREATE TABLE recovery_codes (
	realm_id   integer NOT NULL,
	user_id    integer NOT NULL,
	hash       text NOT NULL,
	created_at integer NOT NULL,
	used_at    integer,
	PRIMARY KEY (realm_id, user_id, hash),
	FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;

-- Sign-ins that wait for their second step, and what a passkey is to sign
-- meanwhile. Each is bound to one browser by the hash of a cookie.
CREATE TABLE pending_logins (
	hash       text PRIMARY KEY,
	realm_id   integer NOT NULL,
	user_id    integer,
	epoch      integer NOT NULL,
	how        text NOT NULL,
	challenge  text NOT NULL,
	expires_at integer NOT NULL
) STRICT;

CREATE INDEX pending_logins_by_user ON pending_logins (realm_id, user_id);

-- Sessions get an id that can be shown, where they began, and when the person
-- last proved who it is. Those from before end.
DELETE FROM sessions;

ALTER TABLE sessions ADD COLUMN id integer NOT NULL DEFAULT 0;

ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '';

ALTER TABLE sessions ADD COLUMN proved_at integer;
-- A bearer token lets a program act for a user, within scopes. Its value is
-- shown once; the hash finds it. It ends with the user's epoch.
CREATE TABLE bearer_tokens (
	id integer PRIMARY KEY,
	realm_id     integer NOT NULL,
	user_id      integer NOT NULL,
	hash         text NOT NULL,
	epoch        integer NOT NULL,
	name         text NOT NULL,
	scopes       text NOT NULL,
	created_at   integer NOT NULL,
	expires_at   integer NOT NULL,
	last_used_on text,
	revoked_at   integer,
	FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;

CREATE UNIQUE INDEX bearer_tokens_by_hash ON bearer_tokens (hash);
CREATE INDEX bearer_tokens_by_user ON bearer_tokens (realm_id, user_id);

-- What was answered to a write that came with an Idempotency-Key, sealed, so
-- that the same write sent again gets the same answer and no second effect.
-- A status of 0 says that the write is under way, or that nobody knows.
CREATE TABLE answers (
	id integer PRIMARY KEY,
	realm_id   integer NOT NULL,
	user_id    integer NOT NULL,
	key_hash   text NOT NULL,
	body_hash  text NOT NULL,
	epoch      integer NOT NULL,
	status     integer NOT NULL,
	answer     blob,
	created_at integer NOT NULL
) STRICT;

CREATE UNIQUE INDEX answers_by_key ON answers (realm_id, user_id, key_hash);
CREATE INDEX answers_by_time ON answers (realm_id, created_at);
-- What somebody has to say about the work or the program: a complaint, a
-- suggestion, a fault. org_id is asked to answer. page is the pattern of the
-- page it was said on, never its address. The name is shown to whoever answers only if named.
CREATE TABLE opinions (
	id integer PRIMARY KEY,
	realm_id    integer NOT NULL,
	org_id      integer NOT NULL,
	user_id     integer NOT NULL,
	named       integer NOT NULL,
	kind        text NOT NULL,
	page        text NOT NULL,
	words       text NOT NULL,
	state       text NOT NULL,
	due_on      text NOT NULL,
	answer      text NOT NULL,
	answered_by integer,
	created_at  integer NOT NULL,
	ended_at    integer,
	version     integer NOT NULL,
	FOREIGN KEY (org_id) REFERENCES orgs (id),
	FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;

CREATE INDEX opinions_by_org ON opinions (realm_id, org_id, state);
CREATE INDEX opinions_by_user ON opinions (realm_id, user_id);
-- When somebody last signed in, so that an account that nobody ever used can be
-- told from one at rest. Sessions are gone when they end.
ALTER TABLE users ADD COLUMN signed_in_at integer;

UPDATE users SET signed_in_at = (
	SELECT max(j.at) FROM journal j
	WHERE j.realm_id = users.realm_id AND j.subject = 'user' AND j.subject_id = users.id AND j.action = 'session.begin' AND j.outcome = 'done');

-- Why a role was given, in the words of whoever gave it.
ALTER TABLE grants ADD COLUMN reason text NOT NULL DEFAULT '';
-- What a realm has set instead of what the program comes with. A change
-- supersedes a row and adds another; nothing is overwritten. An empty value is
-- the way back to what the program comes with.
CREATE TABLE settings (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL REFERENCES realms (id),
	name          text NOT NULL,
	value         text NOT NULL,
	reason        text NOT NULL,
	set_by        integer,
	recorded_at   integer NOT NULL,
	superseded_at integer
) STRICT;

CREATE UNIQUE INDEX settings_now ON settings (realm_id, name) WHERE superseded_at IS NULL;
-- Whom an entry of the journal is about, where they are many: an export of
-- 20,000 people is one entry and 40 rows. ids are the differences of the sorted
-- ids, each as a varint; the entry holds their number and their hash.
CREATE TABLE journal_subjects (
	realm_id integer NOT NULL,
	entry_id integer NOT NULL,
	part     integer NOT NULL,
	first_id integer NOT NULL,
	last_id  integer NOT NULL,
	ids      blob NOT NULL,
	PRIMARY KEY (realm_id, entry_id, part)
) STRICT;

CREATE INDEX journal_subjects_by_id ON journal_subjects (realm_id, first_id, last_id);
-- What a person asks to have corrected in the own record, item by item. What it
-- should be and why are sealed, as numbers may stand there. org_id was asked.
CREATE TABLE corrections (
	id integer PRIMARY KEY,
	realm_id    integer NOT NULL,
	person_id   integer NOT NULL,
	user_id     integer NOT NULL,
	org_id      integer NOT NULL,
	item        text NOT NULL,
	wanted      blob NOT NULL,
	why         blob,
	state       text NOT NULL,
	due_on      text NOT NULL,
	answer      text NOT NULL,
	answered_by integer,
	created_at  integer NOT NULL,
	ended_at    integer,
	version     integer NOT NULL,
	FOREIGN KEY (person_id) REFERENCES persons (id),
	FOREIGN KEY (user_id) REFERENCES users (id)
) STRICT;

CREATE UNIQUE INDEX corrections_open ON corrections (realm_id, person_id, item) WHERE ended_at IS NULL;
CREATE INDEX corrections_by_person ON corrections (realm_id, person_id);
-- What has ended lately, for calendars that must hear of it.
CREATE INDEX clocks_ended ON clocks (realm_id, ended_at) WHERE ended_at IS NOT NULL;
-- What an entry of the journal says of a person: kept beside it, so that it can
-- be erased. The entry holds the digest of salt and body, which its own hash
-- and the chain cover. Entries from before have no digest and keep their words.
ALTER TABLE journal ADD COLUMN digest text NOT NULL DEFAULT '';

CREATE TABLE journal_bodies (
	id integer PRIMARY KEY,
	realm_id integer NOT NULL,
	salt     blob NOT NULL,
	body     text NOT NULL
) STRICT;

-- What a rule has erased of a person keeps the organisation and the dates of
-- membership, so that figures of past days stay true.
ALTER TABLE persons ADD COLUMN erased_at integer;

-- While a hold lasts nothing of the person is erased. It ends after the day
-- until, or when somebody lifts it.
CREATE TABLE holds (
	id integer PRIMARY KEY,
	realm_id   integer NOT NULL,
	person_id  integer NOT NULL,
	reason     text NOT NULL,
	until      text NOT NULL,
	placed_by  integer,
	created_at integer NOT NULL,
	lifted_by  integer,
	lifted_at  integer,
	FOREIGN KEY (person_id) REFERENCES persons (id)
) STRICT;

CREATE UNIQUE INDEX holds_now ON holds (realm_id, person_id) WHERE lifted_at IS NULL;
-- What a person agreed to: which purpose, which version of its text, when, by
-- which account; on paper, where the paper lies. A withdrawn one stays as proof.
CREATE TABLE consents (
	id integer PRIMARY KEY,
	realm_id     integer NOT NULL,
	person_id    integer NOT NULL,
	purpose      text NOT NULL,
	text_version integer NOT NULL,
	how          text NOT NULL,
	paper        text NOT NULL,
	given_at     integer NOT NULL,
	given_by     integer,
	withdrawn_at integer,
	withdrawn_by integer,
	FOREIGN KEY (person_id) REFERENCES persons (id)
) STRICT;

CREATE UNIQUE INDEX consents_now ON consents (realm_id, person_id, purpose, text_version) WHERE withdrawn_at IS NULL;
-- A branch's project or a team's topic, which belongs to a project: its charter,
-- where it stands, and what came of it. The outcome is columns of this row: it is
-- written once, and studios, skills, posts, commitments and the management
-- window read it here (see uses). Measures are thousandths of the unit, money is
-- in fen, hours in hundredths.
CREATE TABLE projects (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	number        text NOT NULL,
	kind          text NOT NULL,
	org_id        integer NOT NULL,
	enterprise_id integer,
	team_id       integer,
	parent_id     integer,
	method_id     integer,
	strand        text NOT NULL,
	title         text NOT NULL CHECK (title <> ''),
	why           text NOT NULL,
	leader_id     integer,
	owner_id      integer,
	measure       text NOT NULL,
	unit          text NOT NULL,
	baseline      integer,
	target        integer,
	acceptance    text NOT NULL,
	starts_on     text,
	ends_on       text,
	state         text NOT NULL,
	ended_as      text NOT NULL,
	reason        text NOT NULL,
	lane          text NOT NULL,
	lane_since    text NOT NULL,
	result        integer,
	changed       text NOT NULL,
	work_hours    integer NOT NULL,
	own_hours     integer NOT NULL,
	cost          integer NOT NULL,
	evidence      text NOT NULL,
	checked_by    integer,
	finished_on   text,
	finished_by   integer,
	reached       text NOT NULL,
	not_reached   text NOT NULL,
	reuse         text NOT NULL,
	created_by    integer,
	created_at    integer NOT NULL,
	version       integer NOT NULL,
	UNIQUE (realm_id, number),
	FOREIGN KEY (org_id) REFERENCES orgs (id),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id),
	FOREIGN KEY (team_id) REFERENCES teams (id),
	FOREIGN KEY (parent_id) REFERENCES projects (id)
) STRICT;

CREATE INDEX projects_by_org ON projects (realm_id, org_id, state);
CREATE INDEX projects_by_enterprise ON projects (realm_id, enterprise_id, finished_on);
CREATE INDEX projects_by_parent ON projects (realm_id, parent_id, lane);
CREATE INDEX projects_by_method ON projects (realm_id, method_id) WHERE method_id IS NOT NULL;
-- One branch, one live project; one team, one live topic: a limit, not a quota.
CREATE UNIQUE INDEX projects_live_branch ON projects (realm_id, org_id)
	WHERE kind = 'project' AND state IN ('chartered', 'running', 'paused', 'finishing');
CREATE UNIQUE INDEX projects_live_team ON projects (realm_id, team_id)
	WHERE kind = 'topic' AND state IN ('chartered', 'running', 'paused', 'finishing');

-- The last number given out, by letter and year: P-26-004.
CREATE TABLE numbers (
	realm_id integer NOT NULL,
	series   text NOT NULL,
	last     integer NOT NULL,
	PRIMARY KEY (realm_id, series)
) STRICT;

-- Who takes part, besides the leader.
CREATE TABLE project_people (
	realm_id   integer NOT NULL,
	project_id integer NOT NULL,
	person_id  integer NOT NULL,
	PRIMARY KEY (realm_id, project_id, person_id),
	FOREIGN KEY (project_id) REFERENCES projects (id),
	FOREIGN KEY (person_id) REFERENCES persons (id)
) STRICT;

CREATE INDEX project_people_by_person ON project_people (realm_id, person_id);

CREATE TABLE milestones (
	id integer PRIMARY KEY,
	realm_id   integer NOT NULL,
	project_id integer NOT NULL,
	title      text NOT NULL CHECK (title <> ''),
	due_on     text NOT NULL,
	done_on    text,
	FOREIGN KEY (project_id) REFERENCES projects (id)
) STRICT;

CREATE INDEX milestones_by_project ON milestones (realm_id, project_id, due_on);

-- What was measured on the way: one value a day.
CREATE TABLE readings (
	realm_id    integer NOT NULL,
	project_id  integer NOT NULL,
	read_on     text NOT NULL,
	value       integer NOT NULL,
	recorded_by integer,
	PRIMARY KEY (realm_id, project_id, read_on),
	FOREIGN KEY (project_id) REFERENCES projects (id)
) STRICT;

-- What was locked at the start and changed after it, with the reason.
CREATE TABLE amendments (
	id integer PRIMARY KEY,
	realm_id    integer NOT NULL,
	project_id  integer NOT NULL,
	field       text NOT NULL,
	was         text NOT NULL,
	became      text NOT NULL,
	reason      text NOT NULL CHECK (reason <> ''),
	recorded_by integer,
	recorded_at integer NOT NULL,
	FOREIGN KEY (project_id) REFERENCES projects (id)
) STRICT;

CREATE INDEX amendments_by_project ON amendments (realm_id, project_id);

-- Where a fact counts. fact and fact_id name what happened (a topic, a solved
-- problem, a kept commitment), reader and reader_id what reads it (a studio, an
-- apprentice's skill, a post's goal, a commitment). Nothing is copied.
CREATE TABLE uses (
	id integer PRIMARY KEY,
	realm_id  integer NOT NULL,
	fact      text NOT NULL,
	fact_id   integer NOT NULL,
	reader    text NOT NULL,
	reader_id integer NOT NULL,
	linked_by integer,
	linked_at integer NOT NULL,
	UNIQUE (realm_id, fact, fact_id, reader, reader_id)
) STRICT;

CREATE INDEX uses_by_reader ON uses (realm_id, reader, reader_id);
-- A result is one studio's achievement, never two.
CREATE UNIQUE INDEX uses_studio_once ON uses (realm_id, fact, fact_id) WHERE reader = 'studio';

-- Words of title, why and lessons, to find similar work.
CREATE VIRTUAL TABLE project_search USING fts5(words, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 0");
-- What somebody can learn: a name and the words of its levels, one a line, the
-- first is level 1. Without an enterprise it holds for the whole realm.
CREATE TABLE skills (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	enterprise_id integer,
	name          text NOT NULL CHECK (name <> ''),
	levels        text NOT NULL,
	retired_on    text,
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id)
) STRICT;

CREATE INDEX skills_by_enterprise ON skills (realm_id, enterprise_id);

-- Who is ready to take an apprentice, in which skill and in which shift.
CREATE TABLE mentor_offers (
	id integer PRIMARY KEY,
	realm_id   integer NOT NULL,
	person_id  integer NOT NULL,
	skill_id   integer NOT NULL,
	org_id     integer NOT NULL,
	level      integer NOT NULL,
	shift      text NOT NULL,
	offered_on text NOT NULL,
	ended_on   text,
	FOREIGN KEY (person_id) REFERENCES persons (id),
	FOREIGN KEY (skill_id) REFERENCES skills (id),
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE UNIQUE INDEX mentor_offers_now ON mentor_offers (realm_id, person_id, skill_id) WHERE ended_on IS NULL;
CREATE INDEX mentor_offers_by_org ON mentor_offers (realm_id, org_id);

-- A mentor's agreement with an apprentice. root_id is the first of a chain of
-- agreements that continue one another; what was shown counts for the chain.
-- Money is in fen a month. There is no column for the reason of an objection or
-- of a change of mentor, and none for who objected.
CREATE TABLE mentorings (
	id integer PRIMARY KEY,
	realm_id          integer NOT NULL,
	number            text NOT NULL,
	title             text NOT NULL CHECK (title <> ''),
	root_id           integer NOT NULL,
	mentor_id         integer NOT NULL,
	apprentice_id     integer NOT NULL,
	checker_id        integer,
	enterprise_id     integer,
	org_id            integer NOT NULL,
	starts_on         text NOT NULL,
	ends_on           text NOT NULL,
	earliest_on       text NOT NULL,
	latest_on         text NOT NULL,
	objection_ends_on text,
	review_on         text,
	goals             text NOT NULL,
	plan              text NOT NULL,
	rhythm            text NOT NULL,
	allowance         text NOT NULL,
	allowance_fen     integer,
	mentor_signed     text,
	apprentice_signed text,
	paper             text NOT NULL,
	state             text NOT NULL,
	extended_on       text,
	extension         text NOT NULL,
	mentor_ends       text,
	apprentice_ends   text,
	ended_on          text,
	ending            text NOT NULL,
	outcome           text NOT NULL,
	answered          integer NOT NULL,
	created_by        integer,
	created_at        integer NOT NULL,
	version           integer NOT NULL,
	CHECK (mentor_id <> apprentice_id),
	UNIQUE (realm_id, number),
	FOREIGN KEY (mentor_id) REFERENCES persons (id),
	FOREIGN KEY (apprentice_id) REFERENCES persons (id),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id),
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE INDEX mentorings_by_org ON mentorings (realm_id, org_id, state);
CREATE INDEX mentorings_by_mentor ON mentorings (realm_id, mentor_id);
CREATE INDEX mentorings_by_apprentice ON mentorings (realm_id, apprentice_id);
CREATE INDEX mentorings_by_root ON mentorings (realm_id, root_id);

CREATE TABLE mentoring_skills (
	id integer PRIMARY KEY,
	realm_id     integer NOT NULL,
	mentoring_id integer NOT NULL,
	skill_id     integer NOT NULL,
	target       integer NOT NULL,
	UNIQUE (realm_id, mentoring_id, skill_id),
	FOREIGN KEY (mentoring_id) REFERENCES mentorings (id),
	FOREIGN KEY (skill_id) REFERENCES skills (id)
) STRICT;

-- How a level was shown: by a fact (named, not copied) or in words. A third
-- person checks it; it counts from the day on which the apprentice confirms it.
CREATE TABLE mentoring_evidence (
	id integer PRIMARY KEY,
	realm_id     integer NOT NULL,
	place_id     integer NOT NULL,
	level        integer NOT NULL,
	shown_on     text NOT NULL,
	how          text NOT NULL,
	fact         text NOT NULL,
	fact_id      integer,
	checked_by   integer,
	checked_on   text,
	confirmed_on text,
	recorded_by  integer,
	FOREIGN KEY (place_id) REFERENCES mentoring_skills (id)
) STRICT;

CREATE INDEX mentoring_evidence_by_place ON mentoring_evidence (realm_id, place_id);

-- The note of a month, written by one side; both confirm it. month is its first day.
CREATE TABLE mentoring_notes (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	mentoring_id  integer NOT NULL,
	month         text NOT NULL,
	met_on        text NOT NULL,
	topic         text NOT NULL,
	next_step     text NOT NULL,
	mentor_on     text,
	apprentice_on text,
	UNIQUE (realm_id, mentoring_id, month),
	FOREIGN KEY (mentoring_id) REFERENCES mentorings (id)
) STRICT;

-- What apprentices say of mentors, as counts of an enterprise and a year. Who
-- answered, and about whom, is not kept.
CREATE TABLE mentor_answers (
	realm_id      integer NOT NULL,
	enterprise_id integer NOT NULL,
	year          integer NOT NULL,
	question      text NOT NULL,
	answer        text NOT NULL,
	given         integer NOT NULL,
	PRIMARY KEY (realm_id, enterprise_id, year, question, answer),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id)
) STRICT;

-- Whom a person lets see the own page of growth, until taken back.
CREATE TABLE growth_admissions (
	realm_id    integer NOT NULL,
	person_id   integer NOT NULL,
	admitted_id integer NOT NULL,
	since       text NOT NULL,
	PRIMARY KEY (realm_id, person_id, admitted_id),
	FOREIGN KEY (person_id) REFERENCES persons (id),
	FOREIGN KEY (admitted_id) REFERENCES persons (id)
) STRICT;
-- An action branch: people of several branches at one front, for a time. It is
-- never an organisation: memberships stay where they are. ends_on is its last
-- day; extended_from the one before its only extension.
CREATE TABLE fronts (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	org_id        integer NOT NULL,
	enterprise_id integer,
	project_id    integer,
	title         text NOT NULL CHECK (title <> ''),
	theme         text NOT NULL,
	place         text NOT NULL,
	convener_id   integer,
	charter       text NOT NULL,
	starts_on     text NOT NULL,
	ends_on       text NOT NULL,
	extended_from text,
	state         text NOT NULL,
	reason        text NOT NULL,
	reached       text NOT NULL,
	not_reached   text NOT NULL,
	reuse         text NOT NULL,
	closed_on     text,
	created_by    integer,
	created_at    integer NOT NULL,
	version       integer NOT NULL,
	CHECK (starts_on <= ends_on),
	FOREIGN KEY (org_id) REFERENCES orgs (id),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id),
	FOREIGN KEY (project_id) REFERENCES projects (id),
	FOREIGN KEY (convener_id) REFERENCES persons (id)
) STRICT;

CREATE INDEX fronts_by_org ON fronts (realm_id, org_id, state);
CREATE INDEX fronts_by_convener ON fronts (realm_id, convener_id);

-- The organisations that people come from.
CREATE TABLE front_orgs (
	realm_id integer NOT NULL,
	front_id integer NOT NULL,
	org_id   integer NOT NULL,
	PRIMARY KEY (realm_id, front_id, org_id),
	FOREIGN KEY (front_id) REFERENCES fronts (id),
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE INDEX front_orgs_by_org ON front_orgs (realm_id, org_id);

-- Who takes part. The home branch is read from the memberships, not kept here.
CREATE TABLE front_people (
	realm_id  integer NOT NULL,
	front_id  integer NOT NULL,
	person_id integer NOT NULL,
	joined_on text NOT NULL,
	left_on   text,
	PRIMARY KEY (realm_id, front_id, person_id),
	FOREIGN KEY (front_id) REFERENCES fronts (id),
	FOREIGN KEY (person_id) REFERENCES persons (id)
) STRICT;

CREATE INDEX front_people_by_person ON front_people (realm_id, person_id);

-- The last number given in a project or an action branch (scope_id).
CREATE TABLE problem_numbers (
	realm_id integer NOT NULL,
	scope_id integer NOT NULL,
	last     integer NOT NULL,
	PRIMARY KEY (realm_id, scope_id)
) STRICT;

-- A problem of a project or an action branch. waiting is 1 while an organisation
-- that was asked owes an answer.
CREATE TABLE problems (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	number        integer NOT NULL,
	front_id      integer,
	project_id    integer,
	topic_id      integer,
	org_id        integer NOT NULL,
	enterprise_id integer,
	title         text NOT NULL CHECK (title <> ''),
	phenomenon    text NOT NULL,
	raised_on     text NOT NULL,
	raised_by     integer,
	raiser_id     integer,
	owner_id      integer,
	due_on        text,
	state         text NOT NULL,
	waiting       integer NOT NULL,
	way           text NOT NULL,
	evidence      text NOT NULL,
	verified_by   integer,
	verified_on   text,
	closed_by     integer,
	closed_on     text,
	reason        text NOT NULL,
	version       integer NOT NULL,
	CHECK ((front_id IS NULL) <> (project_id IS NULL)),
	UNIQUE (realm_id, front_id, number),
	UNIQUE (realm_id, project_id, number),
	FOREIGN KEY (front_id) REFERENCES fronts (id),
	FOREIGN KEY (project_id) REFERENCES projects (id),
	FOREIGN KEY (topic_id) REFERENCES projects (id),
	FOREIGN KEY (org_id) REFERENCES orgs (id),
	FOREIGN KEY (owner_id) REFERENCES persons (id)
) STRICT;

CREATE INDEX problems_by_org ON problems (realm_id, org_id, state, raised_on);
CREATE INDEX problems_by_front ON problems (realm_id, front_id, state, raised_on);
CREATE INDEX problems_by_project ON problems (realm_id, project_id, state, raised_on);
CREATE INDEX problems_by_owner ON problems (realm_id, owner_id);

CREATE TABLE problem_tries (
	id integer PRIMARY KEY,
	realm_id    integer NOT NULL,
	problem_id  integer NOT NULL,
	tried_on    text NOT NULL,
	text        text NOT NULL CHECK (text <> ''),
	result      text NOT NULL,
	person_id   integer,
	recorded_by integer,
	recorded_at integer NOT NULL,
	FOREIGN KEY (problem_id) REFERENCES problems (id),
	FOREIGN KEY (person_id) REFERENCES persons (id)
) STRICT;

CREATE INDEX problem_tries_by_problem ON problem_tries (realm_id, problem_id, tried_on);

-- What an organisation was asked for, by when, and what it said.
CREATE TABLE problem_asks (
	id integer PRIMARY KEY,
	realm_id    integer NOT NULL,
	problem_id  integer NOT NULL,
	org_id      integer NOT NULL,
	text        text NOT NULL CHECK (text <> ''),
	asked_by    integer,
	asked_on    text NOT NULL,
	answer_by   text NOT NULL,
	answer      text NOT NULL,
	promise_on  text,
	answered_by integer,
	answered_on text,
	FOREIGN KEY (problem_id) REFERENCES problems (id),
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE UNIQUE INDEX problem_asks_open ON problem_asks (realm_id, problem_id) WHERE answered_on IS NULL;
CREATE INDEX problem_asks_by_problem ON problem_asks (realm_id, problem_id);
CREATE INDEX problem_asks_by_org ON problem_asks (realm_id, org_id);
-- A demonstration post: a workplace whose holder makes a public promise. The
-- review judges its goals; the result of a goal is read from facts (see uses).
-- slug is the random address of its public page and check the code printed on
-- its plate, both made when it is named. A withdrawal is never published.
CREATE TABLE posts (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	org_id        integer NOT NULL,
	enterprise_id integer,
	kind          text NOT NULL,
	theme         text NOT NULL,
	title         text NOT NULL CHECK (title <> ''),
	place         text NOT NULL,
	duty          text NOT NULL,
	promise       text NOT NULL,
	holder_id     integer,
	team_id       integer,
	months        integer NOT NULL,
	state         text NOT NULL,
	number        text,
	slug          text,
	check_code    text NOT NULL,
	notice_from   text,
	notice_to     text,
	starts_on     text,
	review_on     text,
	ends_on       text,
	ended_on      text,
	talk_on       text,
	reason        text NOT NULL,
	created_by    integer,
	created_at    integer NOT NULL,
	version       integer NOT NULL,
	UNIQUE (realm_id, number),
	UNIQUE (realm_id, slug),
	FOREIGN KEY (org_id) REFERENCES orgs (id),
	FOREIGN KEY (enterprise_id) REFERENCES enterprises (id),
	FOREIGN KEY (holder_id) REFERENCES persons (id),
	FOREIGN KEY (team_id) REFERENCES teams (id)
) STRICT;

CREATE INDEX posts_by_org ON posts (realm_id, org_id, state);
CREATE INDEX posts_by_enterprise ON posts (realm_id, enterprise_id, state);
-- One person, one live post.
CREATE UNIQUE INDEX posts_live_holder ON posts (realm_id, holder_id)
	WHERE state IN ('applied', 'branch_ok', 'public_notice', 'named', 'active', 'review_due', 'renewed');

-- What a post sets out to reach. Measures are thousandths of the unit; what came
-- of it is no column: it is read from the facts that count for the goal.
CREATE TABLE post_goals (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	post_id       integer NOT NULL,
	metric        text NOT NULL CHECK (metric <> ''),
	unit          text NOT NULL,
	baseline      integer,
	target        integer NOT NULL,
	due_on        text NOT NULL,
	recorded_by   integer,
	recorded_at   integer NOT NULL,
	FOREIGN KEY (post_id) REFERENCES posts (id)
) STRICT;

CREATE INDEX post_goals_by_post ON post_goals (realm_id, post_id, due_on);

CREATE TABLE post_reviews (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	post_id       integer NOT NULL,
	reviewed_on   text NOT NULL,
	panel         text NOT NULL CHECK (panel <> ''),
	opinion       text NOT NULL,
	findings      text NOT NULL CHECK (findings <> ''),
	decision      text NOT NULL,
	recorded_by   integer,
	recorded_at   integer NOT NULL,
	FOREIGN KEY (post_id) REFERENCES posts (id)
) STRICT;

CREATE INDEX post_reviews_by_post ON post_reviews (realm_id, post_id, reviewed_on);

-- A duty area: a team or place, what it covers, who holds it and for how long.
CREATE TABLE duty_areas (
	id integer PRIMARY KEY,
	realm_id      integer NOT NULL,
	org_id        integer NOT NULL,
	title         text NOT NULL CHECK (title <> ''),
	covers        text NOT NULL,
	starts_on     text NOT NULL,
	ended_on      text,
	recorded_by   integer,
	recorded_at   integer NOT NULL,
	version       integer NOT NULL,
	FOREIGN KEY (org_id) REFERENCES orgs (id)
) STRICT;

CREATE INDEX duty_areas_by_org ON duty_areas (realm_id, org_id);

CREATE TABLE duty_holders (
	realm_id  integer NOT NULL,
	area_id   integer NOT NULL,
	person_id integer NOT NULL,
	PRIMARY KEY (realm_id, area_id, person_id),
	FOREIGN KEY (area_id) REFERENCES duty_areas (id),
	FOREIGN KEY (person_id) REFERENCES persons (id)
) STRICT;

CREATE INDEX duty_holders_by_person ON duty_holders (realm_id, person_id);
