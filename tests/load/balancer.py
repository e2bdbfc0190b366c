#!/usr/bin/env python3
"""Usage: balancer.py PORT BACKEND_PORT:HEALTH_PORT...

What a Service is in a cluster: hands each new connection to 127.0.0.1:PORT to the next backend that says it is ready,
byte by byte. A backend that stops to be ready gets no new connections and keeps those that it has."""

import asyncio
import itertools
import sys

LOOK_SECONDS = 0.1
PIECE_BYTES = 64 << 10


class Backend:
    def __init__(self, word):
        self.port, self.health_port = (int(part) for part in word.split(":"))
        self.ready = False

    async def look(self):
        while True:
            try:
                self.ready = await asyncio.wait_for(self.ask(), 2)
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                self.ready = False
            await asyncio.sleep(LOOK_SECONDS)

    async def ask(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.health_port)
        try:
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return b" 200 " in await reader.readline()
        finally:
            writer.close()


async def copy(reader, writer):
    try:
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
    except OSError:
        pass  # the other side is told by the close
    finally:
        writer.close()


class Balancer:
    def __init__(self, backends):
        self.backends = backends
        self.turns = itertools.count()

    async def dial(self):
        """A connection to a ready backend; None when there is none."""
        first = next(self.turns)
        for offset in range(len(self.backends)):
            backend = self.backends[(first + offset) % len(self.backends)]
            if not backend.ready:
                continue
            try:
                return await asyncio.open_connection("127.0.0.1", backend.port)
            except OSError:
                backend.ready = False
        return None

    async def serve(self, reader, writer):
        dialled = await self.dial()
        if dialled is None:
            writer.close()
            return
        await asyncio.gather(copy(reader, dialled[1]), copy(dialled[0], writer))


async def main(port, backends):
    balancer = Balancer(backends)
    server = await asyncio.start_server(balancer.serve, "127.0.0.1", port)
    await asyncio.gather(server.serve_forever(), *(backend.look() for backend in backends))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    asyncio.run(main(int(sys.argv[1]), [Backend(word) for word in sys.argv[2:]]))
