-- Prepares interactions for `metanetwork train --data prepared:FOLDER`, for Spark: run it with spark-sql, then
-- `metanetwork data prepare --seal FOLDER` counts and signs off what it wrote.
CREATE TEMPORARY VIEW source {source};

-- `place` grows with the lines: it orders users by their first one, and events of one user at the same time.
CREATE TEMPORARY VIEW given AS
SELECT
    monotonically_increasing_id() AS place,
    CAST({user} AS STRING) AS user_name,
    CAST({item} AS STRING) AS item_name,
    coalesce(try_cast({time} AS DOUBLE), unix_micros(try_cast({time} AS TIMESTAMP)) / 1e6) AS seconds
FROM source;

SELECT assert_true(
    count(*) = 0, concat(count(*), ' lines lack a user, an item, or a time in seconds or as a date')
)
FROM given
WHERE coalesce(user_name, '') = '' OR coalesce(item_name, '') = '' OR seconds IS NULL;

CREATE TABLE prepared_users USING parquet LOCATION {users} AS
SELECT CAST(row_number() OVER (ORDER BY first_place) AS INT) AS id, user_name AS user, events
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
