"""The peer with reading: Scrapy fetches, trafilatura reads text, metadata and comments, SQLite keeps them and the page.

python spider.py LIST DATABASE CONCURRENCY PER_HOST
"""

import sqlite3
import sys
import time

import scrapy
import trafilatura
from scrapy.crawler import CrawlerProcess

LIST, DATABASE, CONCURRENCY, PER_HOST = sys.argv[1:]


class Kept:
    """A hundred pages a transaction, as one would write it."""

    def open_spider(self):
        self.db = sqlite3.connect(DATABASE)
        self.db.execute("PRAGMA journal_mode = WAL")
        self.db.execute(
            "CREATE TABLE page (url TEXT, at REAL, status INTEGER, title TEXT, author TEXT, date TEXT, text TEXT, comments TEXT, body BLOB)"
        )
        self.waiting = 0

    def process_item(self, item):
        self.db.execute("INSERT INTO page VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", item["row"])
        self.waiting += 1
        if self.waiting == 100:
            self.db.commit()
            self.waiting = 0
        return item

    def close_spider(self):
        self.db.commit()
        self.db.close()


class Pages(scrapy.Spider):
    name = "pages"

    async def start(self):
        with open(LIST) as urls:
            for url in urls:
                yield scrapy.Request(url.strip(), dont_filter=True)

    def parse(self, response):
        read = trafilatura.bare_extraction(response.text, url=response.url, include_comments=True, with_metadata=True)
        fields = read.as_dict() if read else {}
        words = [fields.get(name) for name in ("title", "author", "date", "text", "comments")]
        yield {"row": (response.url, time.time(), response.status, *words, response.body)}


process = CrawlerProcess(
    {
        "ITEM_PIPELINES": {Kept: 100},
        "CONCURRENT_REQUESTS": int(CONCURRENCY),
        "CONCURRENT_REQUESTS_PER_DOMAIN": int(PER_HOST),
        "DOWNLOAD_DELAY": 0,
        "AUTOTHROTTLE_ENABLED": False,
        "ROBOTSTXT_OBEY": False,
        "RETRY_ENABLED": False,
        "COOKIES_ENABLED": False,
        "TELNETCONSOLE_ENABLED": False,
        "LOG_LEVEL": "WARNING",
    }
)
process.crawl(Pages)
process.start()
