# Usage: ruby gem.rb PAIRS. For each line "LEFT RIGHT" of PAIRS what Gem::Version says: -1, 0, 1, or 2 when it refuses
# either.
File.foreach(ARGV[0]) do |pair|
  left, right = pair.split
  refused = !Gem::Version.correct?(left) || !Gem::Version.correct?(right)
  puts refused ? 2 : Gem::Version.new(left) <=> Gem::Version.new(right)
end
