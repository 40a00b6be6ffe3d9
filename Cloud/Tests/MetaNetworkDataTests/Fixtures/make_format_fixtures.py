#!/usr/bin/env python3
"""Writes formats/ and formats.json: the same made-up interactions in the layouts of public data sets, and what a reader must find.

Usage: make_format_fixtures.py     (standard library only; seeded, so that the files are always the same)

The rows are invented; the names of the files, their columns, separators, headers and ways of writing a time are those of the data sets.
The times that a reader must find are computed by Python's datetime.
"""

import datetime
import gzip
import json
import os
import random

HERE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(HERE, "formats")
UTC = datetime.timezone.utc
USERS, STEPS = 8, 6
draw = random.Random(22)

# (user number, item number, seconds since 1970 with milliseconds, rating), in order of time.
ROWS = sorted(
    ((user, (user * 5 + step * (1 + user % 3)) % 17, 1_400_000_000.25 + 86_400 * step * 3 + 3_601 * user + draw.randrange(3_000),
      1 + (user + step) % 5) for user in range(USERS) for step in range(STEPS)),
    key=lambda row: row[2])

expected = {}


def moment(seconds):
    return datetime.datetime.fromtimestamp(seconds, UTC)


def put(name, path, lines, user, item, time=None, rows=ROWS, part=None):
    """Writes a file, and notes what is in it: functions of a row give the ids and the time, the latter None where the file has none."""
    file = os.path.join(FOLDER, path)
    os.makedirs(os.path.dirname(file), exist_ok=True)
    data = "".join(lines).encode()
    with open(file, "wb") as out:
        out.write(gzip.compress(data, mtime=0) if path.endswith(".gz") else data)
    entry = expected.setdefault(name, {"path": path, "users": [], "items": [], "times": [], "parts": []})
    if part is not None:
        entry["path"] = os.path.dirname(path)
        entry["parts"] += [part] * len(rows)
    entry["users"] += [str(user(row)) for row in rows]
    entry["items"] += [str(item(row)) for row in rows]
    if time is not None:
        entry["times"] += [time(row) for row in rows]


def number(row):
    return 100 + row[0]


def film(row):
    return 500 + row[1]


def whole(row):
    return float(int(row[2]))


def text(pattern):
    return lambda row: moment(row[2]).strftime(pattern)


def header(line, rows):
    return [line + "\n"] + rows


def reviewer(row):
    return "A%dXYZQW7RT" % (100 + row[0])


def asin(row):
    return "B00%07d" % row[1]


def main():
    put("MovieLens-100K", "movielens-100k/u.data", ["%d\t%d\t%d\t%d\n" % (number(r), film(r), r[3], r[2]) for r in ROWS], number, film, whole)
    put("MovieLens-1M", "movielens-1m/ratings.dat", ["%d::%d::%d::%d\n" % (number(r), film(r), r[3], r[2]) for r in ROWS], number, film, whole)
    put("MovieLens-25M", "movielens-25m/ratings.csv",
        header("userId,movieId,rating,timestamp", ["%d,%d,%.1f,%d\n" % (number(r), film(r), r[3], r[2]) for r in ROWS]), number, film, whole)
    typed = "user_id:token\titem_id:token\trating:float\ttimestamp:float"

    def inter(rows):
        return header(typed, ["%d\t%d\t%d\t%d\n" % (number(r), film(r), r[3], r[2]) for r in rows])
    put("RecBole", "recbole/ml-100k/ml-100k.inter", inter(ROWS), number, film, whole)
    by_user = {}
    for row in ROWS:
        by_user.setdefault(row[0], []).append(row)
    parts = {"train": "training", "valid": "validation", "test": "test"}
    for name, part in parts.items():
        rows = [row for own in by_user.values() for row in {"train": own[:-2], "valid": own[-2:-1], "test": own[-1:]}[name]]
        put("RecBole's benchmark files", "recbole-benchmark/ml-100k.%s.inter" % name, inter(rows), number, film, whole, rows, part)
    put("SASRec", "sasrec/ml-1m.txt", ["%d %d\n" % (number(r), film(r)) for r in ROWS], number, film)
    put("Amazon 2014, reviews", "amazon-2014/reviews_Beauty_5.json.gz", [json.dumps({
        "reviewerID": reviewer(r), "asin": asin(r), "reviewerName": "Somebody \"Else\"", "helpful": [r[3], 9],
        "reviewText": "Line\nbreak, comma\ttab", "overall": float(r[3]), "summary": "Ök", "unixReviewTime": int(r[2]),
        "reviewTime": text("%m %d, %Y")(r)}) + "\n" for r in ROWS], reviewer, asin, whole)
    put("Amazon 2014, ratings", "amazon-2014/ratings_Beauty.csv",
        ["%s,%s,%.1f,%d\n" % (reviewer(r), asin(r), r[3], r[2]) for r in ROWS], reviewer, asin, whole)
    put("Amazon 2018, ratings", "amazon-2018/All_Beauty.csv",
        ["%s,%s,%.1f,%d\n" % (asin(r), reviewer(r), r[3], r[2]) for r in ROWS], reviewer, asin, whole)
    put("Amazon 2023, reviews", "amazon-2023/All_Beauty.jsonl.gz", [json.dumps({
        "rating": float(r[3]), "title": "Fine", "text": "So so", "images": [{"small_image_url": "none"}], "asin": asin(r) + "V",
        "parent_asin": asin(r), "user_id": "AG" + reviewer(r), "timestamp": int(r[2] * 1000), "helpful_vote": 0,
        "verified_purchase": True}) + "\n" for r in ROWS], lambda r: "AG" + reviewer(r), asin, lambda r: int(r[2] * 1000) / 1000)
    put("RetailRocket", "retailrocket/events.csv", header("timestamp,visitorid,event,itemid,transactionid", [
        "%d,%d,%s,%d,%s\n" % (r[2] * 1000, number(r), ["view", "addtocart", "transaction"][r[3] % 3], film(r), "7" if r[3] % 3 == 2 else "")
        for r in ROWS]), number, film, lambda r: int(r[2] * 1000) / 1000)
    put("YooChoose", "yoochoose/yoochoose-clicks.dat", [
        "%d,%s.250Z,%d,0\n" % (number(r), text("%Y-%m-%dT%H:%M:%S")(r), film(r)) for r in ROWS], number, film, lambda r: r[2])
    put("YooChoose, buys", "yoochoose/yoochoose-buys.dat", [
        "%d,%s.250Z,%d,%d,%d\n" % (number(r), text("%Y-%m-%dT%H:%M:%S")(r), film(r), 1_046 * (r[1] % 3), r[3]) for r in ROWS],
        number, film, lambda r: r[2])
    put("Diginetica", "diginetica/train-item-views.csv", header("sessionId;userId;itemId;timeframe;eventdate", [
        "%d;NA;%d;%d;%s\n" % (number(r), film(r), (r[2] - 1_400_000_000) * 1000, text("%Y-%m-%d")(r)) for r in ROWS]),
        number, film, lambda r: float(int((r[2] - 1_400_000_000) * 1000)))
    put("Last.fm-1K", "lastfm-1k/userid-timestamp-artid-artname-traid-traname.tsv", [
        "user_%06d\t%s\t%s\t\"Artist\" No %d\t\tA song\n" % (r[0], text("%Y-%m-%dT%H:%M:%SZ")(r), "" if r[1] % 2 else "f1b1-%d" % r[1], r[1])
        for r in ROWS], lambda r: "user_%06d" % r[0], lambda r: "\"Artist\" No %d" % r[1], whole)
    put("Last.fm-2K", "lastfm-2k/user_artists.dat", header("userID\tartistID\tweight", [
        "%d\t%d\t%d\n" % (number(r), film(r), r[3] * 1000) for r in ROWS]), number, film)
    put("Gowalla", "gowalla/loc-gowalla_totalCheckins.txt.gz", [
        "%d\t%s\t30.%d\t-97.%d\t%d\n" % (r[0], text("%Y-%m-%dT%H:%M:%SZ")(r), 235_909 + r[1], 795_139 + r[1], film(r)) for r in ROWS],
        lambda r: r[0], film, whole)
    put("Foursquare", "foursquare/dataset_TSMC2014_NYC.txt", [
        "%d\t49bbd6c0f9%02d\t4bf58dd8d489\tArts & Crafts Store\t40.719810\t-74.002581\t-240\t%s\n"
        % (number(r), r[1], text("%a %b %d %H:%M:%S +0000 %Y")(r)) for r in ROWS], number, lambda r: "49bbd6c0f9%02d" % r[1], whole)
    put("Yelp", "yelp/yelp_academic_dataset_review.json", [json.dumps({
        "review_id": "r%d" % n, "user_id": "mh_-eMZ6K5%d" % r[0], "business_id": "XQfwVwDr-v0ZS3_%d" % r[1], "stars": float(r[3]), "useful": 0,
        "funny": 0, "cool": 0, "text": "If you decide\n\nto eat here", "date": text("%Y-%m-%d %H:%M:%S")(r)}) + "\n"
        for n, r in enumerate(ROWS)], lambda r: "mh_-eMZ6K5%d" % r[0], lambda r: "XQfwVwDr-v0ZS3_%d" % r[1], whole)
    away = datetime.timezone(datetime.timedelta(hours=-7))
    put("Goodreads", "goodreads/goodreads_interactions_poetry.json.gz", [json.dumps({
        "user_id": "8842281e1d%d" % r[0], "book_id": str(film(r)), "review_id": "5cd41%d" % r[1], "is_read": True, "rating": r[3],
        "review_text_incomplete": "", "date_added": moment(r[2]).astimezone(away).strftime("%a %b %d %H:%M:%S -0700 %Y"),
        "date_updated": "", "read_at": "", "started_at": ""}) + "\n" for r in ROWS], lambda r: "8842281e1d%d" % r[0], film, whole)
    put("Book-Crossing", "book-crossing/BX-Book-Ratings.csv", header("\"User-ID\";\"ISBN\";\"Book-Rating\"", [
        "\"%d\";\"0345%05dX\";\"%d\"\n" % (number(r), r[1], r[3]) for r in ROWS]), number, lambda r: "0345%05dX" % r[1])
    put("Taobao", "taobao/UserBehavior.csv", [
        "%d,%d,2520377,%s,%d\n" % (number(r), film(r), ["pv", "fav", "cart", "buy"][r[3] % 4], r[2]) for r in ROWS], number, film, whole)
    put("H&M", "hm/transactions_train.csv", header("t_dat,customer_id,article_id,price,sales_channel_id", [
        "%s,000058a12d%d,0%d,0.0508,2\n" % (text("%Y-%m-%d")(r), r[0], film(r)) for r in ROWS]),
        lambda r: "000058a12d%d" % r[0], lambda r: "0%d" % film(r), lambda r: float(r[2] // 86_400 * 86_400))
    put("KuaiRec", "kuairec/small_matrix.csv", header("user_id,video_id,play_duration,video_duration,time,date,timestamp,watch_ratio", [
        "%d,%d,4381,6067,%s.25,%s,%.2f,0.%d\n" % (number(r), film(r), text("%Y-%m-%d %H:%M:%S")(r), text("%Y%m%d")(r), r[2], r[3])
        for r in ROWS]), number, film, lambda r: r[2])
    put("REES46", "rees46/2019-Oct.csv.gz", header(
        "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session", [
            "%s UTC,%s,%d,2103807459595387724,,\"shiseido, inc\",35.79,%d,72d76fde-%d\n"
            % (text("%Y-%m-%d %H:%M:%S")(r), ["view", "cart", "purchase"][r[3] % 3], film(r), number(r), r[0]) for r in ROWS]),
        number, film, whole)
    times = {}
    for written, pattern in [
        ("2024-02-29", "%Y-%m-%d"), ("2024/02/29", "%Y/%m/%d"), ("1969-12-31 23:59:59", "%Y-%m-%d %H:%M:%S"),
        ("2000-01-01T00:00", "%Y-%m-%dT%H:%M"), ("2014-04-07T10:51:09.277Z", "%Y-%m-%dT%H:%M:%S.%fZ"),
        ("2014-04-07 10:51:09+02:00", "%Y-%m-%d %H:%M:%S%z"), ("2014-04-07T10:51:09 -0730", "%Y-%m-%dT%H:%M:%S %z"),
        ("2019-10-01 00:00:00 UTC", "%Y-%m-%d %H:%M:%S UTC"), ("Tue Apr 03 18:00:09 +0000 2012", "%a %b %d %H:%M:%S %z %Y"),
        ("Fri Aug 25 13:55:02 -0700 2017", "%a %b %d %H:%M:%S %z %Y"),
    ]:
        found = datetime.datetime.strptime(written, pattern)
        times[written] = (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    with open(os.path.join(HERE, "formats.json"), "w") as out:
        json.dump({"formats": [{"name": name, **entry} for name, entry in expected.items()], "times": times}, out, indent=1, ensure_ascii=False)
        out.write("\n")
    print("%d formats of %d interactions" % (len(expected), len(ROWS)))


if __name__ == "__main__":
    main()
