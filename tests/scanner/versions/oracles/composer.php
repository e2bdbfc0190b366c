<?php
// Usage: php composer.php PAIRS, with Debian's php-composer-semver. For each line "LEFT RIGHT" of PAIRS what Composer says:
// -1, 0, 1, or 2 when it refuses either or cannot place it (a branch without a number).
require 'Composer/Semver/autoload.php';

use Composer\Semver\Comparator;
use Composer\Semver\VersionParser;

function answer(VersionParser $parser, string $pair): int {
  try {
    [$left, $right] = array_map([$parser, 'normalize'], explode(' ', trim($pair)));
  } catch (UnexpectedValueException $refused) {
    return 2;
  }
  if (str_starts_with($left, 'dev-') || str_starts_with($right, 'dev-')) return 2;
  return Comparator::greaterThan($left, $right) - Comparator::lessThan($left, $right);
}

$parser = new VersionParser();
foreach (file($argv[1]) as $pair) echo answer($parser, $pair), "\n";
