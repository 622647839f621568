<?php
// Reads texts from stdin, a JSON list, and prints what phpdotenv makes of each, as
// a list of names and values.
declare(strict_types=1);

require 'Dotenv/autoload.php';

$results = [];
foreach (json_decode(stream_get_contents(STDIN), true, 512, JSON_THROW_ON_ERROR) as $text) {
    try {
        $values = Dotenv\Dotenv::parse(Dotenv\Util\Str::utf8($text)->success()->get());
        $pairs = [];
        foreach ($values as $name => $value) {
            if ($value !== null) {
                $pairs[] = [(string) $name, $value];
            }
        }
        $results[] = ['values' => $pairs];
    } catch (Dotenv\Exception\ExceptionInterface $refused) {
        $results[] = ['refused' => true];
    }
}
echo json_encode(['phpdotenv' => $results], JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE);
