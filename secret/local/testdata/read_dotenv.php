<?php
// Prints as JSON what phpdotenv makes of a file, loaded as applications do.
declare(strict_types=1);

require 'Dotenv/autoload.php';

$read = Dotenv\Dotenv::createArrayBacked(dirname($argv[1]), basename($argv[1]))->load();
echo json_encode((object) $read, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
