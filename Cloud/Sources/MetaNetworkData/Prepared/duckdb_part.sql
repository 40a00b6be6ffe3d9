
COPY (
    SELECT
        user_id AS "user",
        list(item_id ORDER BY seconds, place) AS items,
        list(seconds ORDER BY seconds, place) AS times
    FROM events
    WHERE part = {part}
    GROUP BY user_id
    ORDER BY user_id
)
TO {history} (FORMAT parquet, COMPRESSION zstd);
