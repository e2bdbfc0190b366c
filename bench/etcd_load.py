"""Usage: etcd_load.py FILE ETCD_URL

Puts each {"key": ..., "value": ...} of FILE, one a line, into etcd as the API server would: far faster than by it."""

import base64
import http.client
import json
import sys
import urllib.parse

# Of etcd: 128 operations and 1.5 MiB in one transaction.
OPERATIONS = 100
BYTES = 1_000_000


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def batches(lines):
    """Lists of puts that fit into one transaction."""
    batch, size = [], 0
    for line in lines:
        record = json.loads(line)
        put = {"requestPut": {"key": encoded(record["key"]), "value": encoded(json.dumps(record["value"]))}}
        length = len(put["requestPut"]["value"])
        if batch and (len(batch) == OPERATIONS or size + length > BYTES):
            yield batch
            batch, size = [], 0
        batch.append(put)
        size += length
    if batch:
        yield batch


def main(path, url):
    etcd = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)
    with open(path, encoding="utf-8") as lines:
        for batch in batches(lines):
            etcd.request("POST", "/v3/kv/txn", json.dumps({"success": batch}))
            answer = etcd.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise SystemExit(f"error: etcd answered {answer.status}: {text[:300]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
