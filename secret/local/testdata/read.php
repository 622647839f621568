<?php
// Reads secrets as Pantheon's PHP SDK does where CUSTOMER_SECRETS_FAKE_FILE is
// set, and prints names with what it reads as JSON. The rules are those of
// the SDK: the winning value is Value; where that is empty in PHP's sense, the
// organization's default; overrides are not looked at; a missing Type or
// Scopes, or a Value that is no text, is fatal.
declare(strict_types=1);

final class Secret
{
    public function __construct(private string $name, private ?string $value, private string $type, private array $scopes)
    {
    }

    public function getValue(): string
    {
        return $this->value;
    }
}

$file = getenv('CUSTOMER_SECRETS_FAKE_FILE');
$read = json_decode(file_get_contents($file), true, 512, JSON_THROW_ON_ERROR);
$beside = $read;
unset($beside['Secrets']);
if (empty($beside)) {
    throw new RuntimeException('nothing beside Secrets: every secret would read the file again');
}
$values = [];
foreach ($read['Secrets'] as $name => $one) {
    $value = $one['Value'];
    if (empty($value)) {
        $value = $one['OrgValues']['default'] ?? null;
    }
    $secret = new Secret((string) $name, $value, $one['Type'], $one['Scopes']);
    $values[$name] = $secret->getValue();
}
echo json_encode((object) $values, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
