-- What has ended lately, for calendars that must hear of it.
CREATE INDEX clocks_ended ON clocks (realm_id, ended_at) WHERE ended_at IS NOT NULL;
