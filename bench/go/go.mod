module pratique.dev/bench

go 1.21
