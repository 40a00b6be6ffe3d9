-- Prepares interactions for `metanetwork train --data prepared:FOLDER`: two lists of names, and histories of users in parts.
-- The folder of the results, and `histories` in it, must be there.
-- DuckDB puts on the disk what does not fit into its memory; only the lists must fit, and they are made part by part.
SET memory_limit = {memory};
SET threads = {threads};
SET temp_directory = {temporary};
SET preserve_insertion_order = true;
-- Dates without a zone, and times that Parquet says are in UTC, must not depend on where this runs.
SET TimeZone = 'UTC';

-- Other types become other texts than a device has: 1.0 for 1.
SELECT error(concat(
    'the ids of users are ', user_type, ' and those of items ', item_type, '; write both as texts or whole numbers'
))
FROM (SELECT typeof({user}) AS user_type, typeof({item}) AS item_type FROM {source} LIMIT 1)
WHERE NOT regexp_full_match(user_type, '{types}') OR NOT regexp_full_match(item_type, '{types}');

-- `place` is the line: it orders users by their first one, and events of one user at the same time.
CREATE TEMP TABLE given AS
SELECT
    row_number() OVER () AS place,
    CAST({user} AS VARCHAR) AS user_name,
    CAST({item} AS VARCHAR) AS item_name,
    -- As seconds, numbers from 1e11 on were the year 5138 or later: they are milli-, micro- or nanoseconds.
    CASE WHEN abs(number) < 1e11 THEN number WHEN abs(number) < 1e14 THEN number / 1e3
        WHEN abs(number) < 1e17 THEN number / 1e6 ELSE number / 1e9 END AS seconds
FROM (
    SELECT {user}, {item}, coalesce(try_cast({time} AS DOUBLE), epoch(try_cast({time} AS TIMESTAMPTZ))) AS number FROM {source}
);

SELECT CASE WHEN count(*) > 0 THEN error(
    concat(
        count(*), ' lines lack a user, an item, or a time in seconds or as a date; the first is line ', min(place),
        ' of all files together, headers not counted; remove them, or name other columns'
    )
) END
FROM given
WHERE coalesce(user_name, '') = '' OR coalesce(item_name, '') = '' OR NOT coalesce(isfinite(seconds), false);

CREATE TEMP TABLE users AS
SELECT row_number() OVER (ORDER BY min(place)) AS id, user_name, count(*) AS events
FROM given
GROUP BY user_name
HAVING count(*) >= {least};

CREATE TEMP TABLE items AS
SELECT row_number() OVER (ORDER BY count(*) DESC, item_name) AS id, item_name, count(*) AS events
FROM given SEMI JOIN users USING (user_name)
GROUP BY item_name
HAVING count(*) >= {least};

COPY (SELECT CAST(id AS INTEGER) AS id, item_name AS item, events FROM items ORDER BY id)
TO {items} (FORMAT parquet, COMPRESSION zstd);

COPY (SELECT CAST(id AS INTEGER) AS id, user_name AS "user", events, {least} AS least_events FROM users ORDER BY id)
TO {users} (FORMAT parquet, COMPRESSION zstd);

CREATE TEMP TABLE events AS
SELECT
    CAST(users.id % {parts} AS INTEGER) AS part,
    CAST(users.id AS INTEGER) AS user_id,
    CAST(items.id AS INTEGER) AS item_id,
    seconds,
    place
FROM given JOIN users USING (user_name) JOIN items USING (item_name)
ORDER BY part, user_id, seconds, place;

DROP TABLE given;
