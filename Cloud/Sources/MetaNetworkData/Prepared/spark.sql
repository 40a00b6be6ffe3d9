-- Prepares interactions for `metanetwork train --data prepared:FOLDER`, for Spark: run it with spark-sql, then
-- `metanetwork data prepare --seal FOLDER` counts and signs off what it wrote.
SET TIME ZONE 'UTC';
CREATE TEMPORARY VIEW source {source};

-- Other types become other texts than a device has: 1.0 for 1.
SELECT assert_true(
    lower(typeof({user})) RLIKE '^({types})$' AND lower(typeof({item})) RLIKE '^({types})$',
    'the ids of users and items must be texts or whole numbers'
)
FROM source LIMIT 1;

-- `place` grows with the lines: it orders users by their first one, and events of one user at the same time.
CREATE TEMPORARY VIEW given AS
SELECT
    monotonically_increasing_id() AS place,
    CAST({user} AS STRING) AS user_name,
    CAST({item} AS STRING) AS item_name,
    -- As seconds, numbers from 1e11 on were the year 5138 or later: they are milli-, micro- or nanoseconds.
    CASE WHEN abs(number) < 1e11 THEN number WHEN abs(number) < 1e14 THEN number / 1e3
        WHEN abs(number) < 1e17 THEN number / 1e6 ELSE number / 1e9 END AS seconds
FROM (
    SELECT *, coalesce(try_cast({time} AS DOUBLE), unix_micros(try_cast({time} AS TIMESTAMP)) / 1e6) AS number FROM source
);

SELECT assert_true(
    count(*) = 0,
    concat(count(*), ' lines lack a user, an item, or a time in seconds or as a date; remove them, or name other columns')
)
FROM given
WHERE coalesce(user_name, '') = '' OR coalesce(item_name, '') = '' OR NOT coalesce(abs(seconds) < 1e300, false);

CREATE TABLE prepared_users USING parquet LOCATION {users} AS
SELECT CAST(row_number() OVER (ORDER BY first_place) AS INT) AS id, user_name AS user, events, {least} AS least_events
FROM (SELECT user_name, min(place) AS first_place, count(*) AS events FROM given GROUP BY user_name)
WHERE events >= {least}
ORDER BY id;

CREATE TABLE prepared_items USING parquet LOCATION {items} AS
SELECT CAST(row_number() OVER (ORDER BY events DESC, item_name) AS INT) AS id, item_name AS item, events
FROM (
    SELECT item_name, count(*) AS events
    FROM given LEFT SEMI JOIN prepared_users ON given.user_name = prepared_users.user
    GROUP BY item_name
)
WHERE events >= {least}
ORDER BY id;

CREATE TABLE prepared_histories USING parquet PARTITIONED BY (part) LOCATION {histories} AS
SELECT
    user,
    transform(history, event -> event.item) AS items,
    transform(history, event -> event.seconds) AS times,
    user % {parts} AS part
FROM (
    SELECT prepared_users.id AS user, array_sort(collect_list(struct(seconds, place, prepared_items.id AS item))) AS history
    FROM given
    JOIN prepared_users ON given.user_name = prepared_users.user
    JOIN prepared_items ON given.item_name = prepared_items.item
    GROUP BY prepared_users.id
);
