// Usage: node semver.js PAIRS, with Debian's node-semver. For each line "LEFT RIGHT" of PAIRS what node-semver says of
// them, read loosely: -1, 0, 1, or 2 when it refuses either.
const fs = require('fs');
const parse = require('/usr/share/nodejs/semver/functions/parse');

function answer(pair) {
  const [left, right] = pair.split(' ').map((version) => parse(version, {loose: true}));
  return left && right ? left.compare(right) : 2;
}

const pairs = fs.readFileSync(process.argv[2], 'ascii').trimEnd().split('\n');
console.log(pairs.map(answer).join('\n'));
