-- The group whose condition is a person's scope. The column scope follows the group.
ALTER TABLE users ADD COLUMN scope_group TEXT REFERENCES device_groups (group_id);
CREATE INDEX users_by_scope_group ON users (scope_group) WHERE scope_group IS NOT NULL;
