-- An action branch: people of several branches at one front, for a time. It is
-- never an organisation: memberships stay where they are. ends_on is its last
-- day; extended_from the one before its only extension.
CREATE TABLE fronts (
	{{key}},
	realm_id      {{id}} NOT NULL,
	org_id        {{id}} NOT NULL,
	enterprise_id {{id}},
	project_id    {{id}},
	title         text NOT NULL CHECK (title <> ''),
	theme         text NOT NULL,
	place         text NOT NULL,
	convener_id   {{id}},
	charter       text NOT NULL,
	starts_on     {{date}} NOT NULL,
	ends_on       {{date}} NOT NULL,
	extended_from {{date}},
	state         text NOT NULL,
	reason        text NOT NULL,
	reached       text NOT NULL,
	not_reached   text NOT NULL,
	reuse         text NOT NULL,
	closed_on     {{date}},
	created_by    {{id}},
	created_at    {{instant}} NOT NULL,
	version       {{int}} NOT NULL{{endkey}},
	CHECK (starts_on <= ends_on),
	{{ref "org_id" "orgs"}},
	{{ref "enterprise_id" "enterprises"}},
	{{ref "project_id" "projects"}},
	{{ref "convener_id" "persons"}}
) {{strict}};

CREATE INDEX fronts_by_org ON fronts (realm_id, org_id, state);
CREATE INDEX fronts_by_convener ON fronts (realm_id, convener_id);

-- The organisations that people come from.
CREATE TABLE front_orgs (
	realm_id {{id}} NOT NULL,
	front_id {{id}} NOT NULL,
	org_id   {{id}} NOT NULL,
	PRIMARY KEY (realm_id, front_id, org_id),
	{{ref "front_id" "fronts"}},
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE INDEX front_orgs_by_org ON front_orgs (realm_id, org_id);

-- Who takes part. The home branch is read from the memberships, not kept here.
CREATE TABLE front_people (
	realm_id  {{id}} NOT NULL,
	front_id  {{id}} NOT NULL,
	person_id {{id}} NOT NULL,
	joined_on {{date}} NOT NULL,
	left_on   {{date}},
	PRIMARY KEY (realm_id, front_id, person_id),
	{{ref "front_id" "fronts"}},
	{{ref "person_id" "persons"}}
) {{strict}};

CREATE INDEX front_people_by_person ON front_people (realm_id, person_id);

-- The last number given in a project or an action branch (scope_id).
CREATE TABLE problem_numbers (
	realm_id {{id}} NOT NULL,
	scope_id {{id}} NOT NULL,
	last     {{int}} NOT NULL,
	PRIMARY KEY (realm_id, scope_id)
) {{strict}};

-- A problem of a project or an action branch. waiting is 1 while an organisation
-- that was asked owes an answer.
CREATE TABLE problems (
	{{key}},
	realm_id      {{id}} NOT NULL,
	number        {{int}} NOT NULL,
	front_id      {{id}},
	project_id    {{id}},
	topic_id      {{id}},
	org_id        {{id}} NOT NULL,
	enterprise_id {{id}},
	title         text NOT NULL CHECK (title <> ''),
	phenomenon    text NOT NULL,
	raised_on     {{date}} NOT NULL,
	raised_by     {{id}},
	raiser_id     {{id}},
	owner_id      {{id}},
	due_on        {{date}},
	state         text NOT NULL,
	waiting       {{int}} NOT NULL,
	way           text NOT NULL,
	evidence      text NOT NULL,
	verified_by   {{id}},
	verified_on   {{date}},
	closed_by     {{id}},
	closed_on     {{date}},
	reason        text NOT NULL,
	version       {{int}} NOT NULL{{endkey}},
	CHECK ((front_id IS NULL) <> (project_id IS NULL)),
	UNIQUE (realm_id, front_id, number),
	UNIQUE (realm_id, project_id, number),
	{{ref "front_id" "fronts"}},
	{{ref "project_id" "projects"}},
	{{ref "topic_id" "projects"}},
	{{ref "org_id" "orgs"}},
	{{ref "owner_id" "persons"}}
) {{strict}};

CREATE INDEX problems_by_org ON problems (realm_id, org_id, state, raised_on);
CREATE INDEX problems_by_front ON problems (realm_id, front_id, state, raised_on);
CREATE INDEX problems_by_project ON problems (realm_id, project_id, state, raised_on);
CREATE INDEX problems_by_owner ON problems (realm_id, owner_id);

CREATE TABLE problem_tries (
	{{key}},
	realm_id    {{id}} NOT NULL,
	problem_id  {{id}} NOT NULL,
	tried_on    {{date}} NOT NULL,
	text        text NOT NULL CHECK (text <> ''),
	result      text NOT NULL,
	person_id   {{id}},
	recorded_by {{id}},
	recorded_at {{instant}} NOT NULL{{endkey}},
	{{ref "problem_id" "problems"}},
	{{ref "person_id" "persons"}}
) {{strict}};

CREATE INDEX problem_tries_by_problem ON problem_tries (realm_id, problem_id, tried_on);

-- What an organisation was asked for, by when, and what it said.
CREATE TABLE problem_asks (
	{{key}},
	realm_id    {{id}} NOT NULL,
	problem_id  {{id}} NOT NULL,
	org_id      {{id}} NOT NULL,
	text        text NOT NULL CHECK (text <> ''),
	asked_by    {{id}},
	asked_on    {{date}} NOT NULL,
	answer_by   {{date}} NOT NULL,
	answer      text NOT NULL,
	promise_on  {{date}},
	answered_by {{id}},
	answered_on {{date}}{{endkey}},
	{{ref "problem_id" "problems"}},
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE UNIQUE INDEX problem_asks_open ON problem_asks (realm_id, problem_id) WHERE answered_on IS NULL;
CREATE INDEX problem_asks_by_problem ON problem_asks (realm_id, problem_id);
CREATE INDEX problem_asks_by_org ON problem_asks (realm_id, org_id);
