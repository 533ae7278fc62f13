-- A demonstration post: a workplace whose holder makes a public promise. The
-- review judges its goals; the result of a goal is read from facts (see uses).
-- slug is the random address of its public page and check the code printed on
-- its plate, both made when it is named. A withdrawal is never published.
CREATE TABLE posts (
	{{key}},
	realm_id      {{id}} NOT NULL,
	org_id        {{id}} NOT NULL,
	enterprise_id {{id}},
	kind          text NOT NULL,
	theme         text NOT NULL,
	title         text NOT NULL CHECK (title <> ''),
	place         text NOT NULL,
	duty          text NOT NULL,
	promise       text NOT NULL,
	holder_id     {{id}},
	team_id       {{id}},
	months        {{int}} NOT NULL,
	state         text NOT NULL,
	number        text,
	slug          text,
	check_code    text NOT NULL,
	notice_from   {{date}},
	notice_to     {{date}},
	starts_on     {{date}},
	review_on     {{date}},
	ends_on       {{date}},
	ended_on      {{date}},
	talk_on       {{date}},
	reason        text NOT NULL,
	created_by    {{id}},
	created_at    {{instant}} NOT NULL,
	version       {{int}} NOT NULL{{endkey}},
	UNIQUE (realm_id, number),
	UNIQUE (realm_id, slug),
	{{ref "org_id" "orgs"}},
	{{ref "enterprise_id" "enterprises"}},
	{{ref "holder_id" "persons"}},
	{{ref "team_id" "teams"}}
) {{strict}};

CREATE INDEX posts_by_org ON posts (realm_id, org_id, state);
CREATE INDEX posts_by_enterprise ON posts (realm_id, enterprise_id, state);
-- One person, one live post.
CREATE UNIQUE INDEX posts_live_holder ON posts (realm_id, holder_id)
	WHERE state IN ('applied', 'branch_ok', 'public_notice', 'named', 'active', 'review_due', 'renewed');

-- What a post sets out to reach. Measures are thousandths of the unit; what came
-- of it is no column: it is read from the facts that count for the goal.
CREATE TABLE post_goals (
	{{key}},
	realm_id      {{id}} NOT NULL,
	post_id       {{id}} NOT NULL,
	metric        text NOT NULL CHECK (metric <> ''),
	unit          text NOT NULL,
	baseline      {{int}},
	target        {{int}} NOT NULL,
	due_on        {{date}} NOT NULL,
	recorded_by   {{id}},
	recorded_at   {{instant}} NOT NULL{{endkey}},
	{{ref "post_id" "posts"}}
) {{strict}};

CREATE INDEX post_goals_by_post ON post_goals (realm_id, post_id, due_on);

CREATE TABLE post_reviews (
	{{key}},
	realm_id      {{id}} NOT NULL,
	post_id       {{id}} NOT NULL,
	reviewed_on   {{date}} NOT NULL,
	panel         text NOT NULL CHECK (panel <> ''),
	opinion       text NOT NULL,
	findings      text NOT NULL CHECK (findings <> ''),
	decision      text NOT NULL,
	recorded_by   {{id}},
	recorded_at   {{instant}} NOT NULL{{endkey}},
	{{ref "post_id" "posts"}}
) {{strict}};

CREATE INDEX post_reviews_by_post ON post_reviews (realm_id, post_id, reviewed_on);

-- A duty area: a team or place, what it covers, who holds it and for how long.
CREATE TABLE duty_areas (
	{{key}},
	realm_id      {{id}} NOT NULL,
	org_id        {{id}} NOT NULL,
	title         text NOT NULL CHECK (title <> ''),
	covers        text NOT NULL,
	starts_on     {{date}} NOT NULL,
	ended_on      {{date}},
	recorded_by   {{id}},
	recorded_at   {{instant}} NOT NULL,
	version       {{int}} NOT NULL{{endkey}},
	{{ref "org_id" "orgs"}}
) {{strict}};

CREATE INDEX duty_areas_by_org ON duty_areas (realm_id, org_id);

CREATE TABLE duty_holders (
	realm_id  {{id}} NOT NULL,
	area_id   {{id}} NOT NULL,
	person_id {{id}} NOT NULL,
	PRIMARY KEY (realm_id, area_id, person_id),
	{{ref "area_id" "duty_areas"}},
	{{ref "person_id" "persons"}}
) {{strict}};

CREATE INDEX duty_holders_by_person ON duty_holders (realm_id, person_id);
