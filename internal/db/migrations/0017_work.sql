-- A branch's project or a team's topic, which belongs to a project: its charter,
-- where it stands, and what came of it. The outcome is columns of this row: it is
-- written once, and studios, skills, posts, commitments and the management
-- window read it here (see uses). Measures are thousandths of the unit, money is
-- in fen, hours in hundredths.
CREATE TABLE projects (
	{{key}},
	realm_id      {{id}} NOT NULL,
	number        text NOT NULL,
	kind          text NOT NULL,
	org_id        {{id}} NOT NULL,
	enterprise_id {{id}},
	team_id       {{id}},
	parent_id     {{id}},
	method_id     {{id}},
	strand        text NOT NULL,
	title         text NOT NULL CHECK (title <> ''),
	why           text NOT NULL,
	leader_id     {{id}},
	owner_id      {{id}},
	measure       text NOT NULL,
	unit          text NOT NULL,
	baseline      {{int}},
	target        {{int}},
	acceptance    text NOT NULL,
	starts_on     {{date}},
	ends_on       {{date}},
	state         text NOT NULL,
	ended_as      text NOT NULL,
	reason        text NOT NULL,
	lane          text NOT NULL,
	lane_since    {{date}} NOT NULL,
	result        {{int}},
	changed       text NOT NULL,
	work_hours    {{int}} NOT NULL,
	own_hours     {{int}} NOT NULL,
	cost          {{int}} NOT NULL,
	evidence      text NOT NULL,
	checked_by    {{id}},
	finished_on   {{date}},
	finished_by   {{id}},
	reached       text NOT NULL,
	not_reached   text NOT NULL,
	reuse         text NOT NULL,
	created_by    {{id}},
	created_at    {{instant}} NOT NULL,
	version       {{int}} NOT NULL{{endkey}},
	UNIQUE (realm_id, number),
	{{ref "org_id" "orgs"}},
	{{ref "enterprise_id" "enterprises"}},
	{{ref "team_id" "teams"}},
	{{ref "parent_id" "projects"}}
) {{strict}};

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
	realm_id {{id}} NOT NULL,
	series   {{name}} NOT NULL,
	last     {{int}} NOT NULL,
	PRIMARY KEY (realm_id, series)
) {{strict}};

-- Who takes part, besides the leader.
CREATE TABLE project_people (
	realm_id   {{id}} NOT NULL,
	project_id {{id}} NOT NULL,
	person_id  {{id}} NOT NULL,
	PRIMARY KEY (realm_id, project_id, person_id),
	{{ref "project_id" "projects"}},
	{{ref "person_id" "persons"}}
) {{strict}};

CREATE INDEX project_people_by_person ON project_people (realm_id, person_id);

CREATE TABLE milestones (
	{{key}},
	realm_id   {{id}} NOT NULL,
	project_id {{id}} NOT NULL,
	title      text NOT NULL CHECK (title <> ''),
	due_on     {{date}} NOT NULL,
	done_on    {{date}}{{endkey}},
	{{ref "project_id" "projects"}}
) {{strict}};

CREATE INDEX milestones_by_project ON milestones (realm_id, project_id, due_on);

-- What was measured on the way: one value a day.
CREATE TABLE readings (
	realm_id    {{id}} NOT NULL,
	project_id  {{id}} NOT NULL,
	read_on     {{date}} NOT NULL,
	value       {{int}} NOT NULL,
	recorded_by {{id}},
	PRIMARY KEY (realm_id, project_id, read_on),
	{{ref "project_id" "projects"}}
) {{strict}};

-- What was locked at the start and changed after it, with the reason.
CREATE TABLE amendments (
	{{key}},
	realm_id    {{id}} NOT NULL,
	project_id  {{id}} NOT NULL,
	field       text NOT NULL,
	was         text NOT NULL,
	became      text NOT NULL,
	reason      text NOT NULL CHECK (reason <> ''),
	recorded_by {{id}},
	recorded_at {{instant}} NOT NULL{{endkey}},
	{{ref "project_id" "projects"}}
) {{strict}};

CREATE INDEX amendments_by_project ON amendments (realm_id, project_id);

-- Where a fact counts. fact and fact_id name what happened (a topic, a solved
-- problem, a kept commitment), reader and reader_id what reads it (a studio, an
-- apprentice's skill, a post's goal, a commitment). Nothing is copied.
CREATE TABLE uses (
	{{key}},
	realm_id  {{id}} NOT NULL,
	fact      text NOT NULL,
	fact_id   {{id}} NOT NULL,
	reader    text NOT NULL,
	reader_id {{id}} NOT NULL,
	linked_by {{id}},
	linked_at {{instant}} NOT NULL{{endkey}},
	UNIQUE (realm_id, fact, fact_id, reader, reader_id)
) {{strict}};

CREATE INDEX uses_by_reader ON uses (realm_id, reader, reader_id);
-- A result is one studio's achievement, never two.
CREATE UNIQUE INDEX uses_studio_once ON uses (realm_id, fact, fact_id) WHERE reader = 'studio';

-- Words of title, why and lessons, to find similar work.
{{search "project_search"}};
