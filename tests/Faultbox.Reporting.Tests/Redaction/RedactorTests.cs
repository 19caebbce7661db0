using System.Text;
using System.Text.RegularExpressions;
using Faultbox.Core.Events;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Redaction;
using Faultbox.Reporting.Tests.Support;

namespace Faultbox.Reporting.Tests.Redaction;

public sealed class RedactorTests
{
    private const string Token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiI3In0.c2lnbmF0dXJl";

    [Theory]
    [InlineData("Authorization: Bearer hunter22", "hunter22")]
    [InlineData("{\"authorization\": \"Basic hunter22\", \"accept\": \"*/*\"}", "hunter22")]
    [InlineData("Set-Cookie: session=hunter22; Path=/", "hunter22")]
    [InlineData("x-api-key=hunter22", "hunter22")]
    [InlineData("connecting to postgres://app:hunter22@db:5432/orders", "hunter22")]
    [InlineData("Host=db;Username=app;Password=hunter22;Database=orders", "hunter22")]
    [InlineData("host=db password='hunter22' user=app", "hunter22")]
    [InlineData("DB_PASSWORD=hunter22", "hunter22")]
    [InlineData("issued " + Token + " to client", Token)]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nMIIEhunter22\n-----END RSA PRIVATE KEY-----", "MIIEhunter22")]
    public void Secrets_in_text_are_masked(string text, string secret)
    {
        var masked = Sample.Redactor().Text(text);

        Assert.DoesNotContain(secret, masked);
        Assert.Matches("‹redacted:[0-9a-f]{8}›", masked);
    }

    [Theory]
    [InlineData("GET /orders/7?key=3 → 200")]
    [InlineData("insert into tokens values ('a')")]
    [InlineData("http://localhost:8080/keys")]
    [InlineData("the tokenizer passes")]
    public void Ordinary_text_stays_as_it_is(string text) => Assert.Equal(text, Sample.Redactor().Text(text));

    [Fact]
    public void The_text_around_a_secret_stays() =>
        Assert.Matches("^postgres://app:‹redacted:[0-9a-f]{8}›@db:5432/orders$", Sample.Redactor().Text("postgres://app:hunter22@db:5432/orders"));

    [Fact]
    public void Values_of_secret_variables_are_masked_wherever_they_appear()
    {
        var redactor = Sample.Redactor();
        redactor.AddEnvironment([KeyValuePair.Create("DB_PASSWORD", "hunter22"), KeyValuePair.Create("MODE", "production")]);

        Assert.Matches("^login with ‹redacted:[0-9a-f]{8}› in production$", redactor.Text("login with hunter22 in production"));
    }

    [Fact]
    public void Equal_secrets_have_equal_markers_within_a_run_and_others_have_not()
    {
        var redactor = Redactor.ForRun(RedactionMode.Default);

        Assert.Equal(redactor.Field("cookie", "a-secret"), redactor.Field("Cookie", "a-secret"));
        Assert.NotEqual(redactor.Field("cookie", "a-secret"), redactor.Field("cookie", "b-secret"));
        Assert.NotEqual(redactor.Field("cookie", "a-secret"), Redactor.ForRun(RedactionMode.Default).Field("cookie", "a-secret"));
    }

    [Fact]
    public void Masking_twice_changes_nothing_more()
    {
        var once = Sample.Redactor().Text("Authorization: Bearer hunter22\nDB_PASSWORD=hunter22");

        Assert.Equal(once, Sample.Redactor().Text(once));
    }

    [Fact]
    public void Strict_mode_also_masks_sql_literals_and_bodies()
    {
        var strict = Sample.Redactor(RedactionMode.Strict);

        Assert.Matches("^select \\* from users where name = ‹.*› and age > ‹.*›$", strict.Field("sql", "select * from users where name = 'ann' and age > 30"));
        Assert.Matches("^‹redacted:[0-9a-f]{8}›$", strict.Field("body", "{\"a\":1}"));
        Assert.Equal("{\"a\":1}", Sample.Redactor().Field("body", "{\"a\":1}"));
    }

    [Fact]
    public void Bytes_that_are_no_text_survive_beside_a_masked_secret()
    {
        byte[] log = [0xFF, 0x00, .. "DB_PASSWORD=hunter22\n"u8, 0xC3, 0x28];

        var masked = Sample.Redactor().Bytes(log);

        Assert.Equal([0xFF, 0x00], masked[..2]);
        Assert.Equal([0xC3, 0x28], masked[^2..]);
        Assert.Matches("DB_PASSWORD=‹redacted:[0-9a-f]{8}›\n", Encoding.UTF8.GetString(masked));
    }

    [Fact]
    public void No_seeded_secret_reaches_any_file_of_a_bundle()
    {
        using var directory = new TemporaryDirectory();
        var test = Sample.Row("test_login");
        test.Log.Emit("step_send", "test", new EventField("target", "api"), new EventField("headers", "{\"Authorization\": \"Bearer hunter22\"}"));
        test.Log.Emit("step_recv", "test", new EventField("target", "api"), new EventField("body", $"{{\"jwt\":\"{Token}\"}}"));
        var redactor = Sample.Redactor();
        redactor.AddEnvironment([KeyValuePair.Create("API_TOKEN", "tok-5ecr3t")]);
        var suite = Sample.Suite(test with { Prints = "got tok-5ecr3t\n", Reason = "401 for tok-5ecr3t", Result = Core.Verdicts.Result.Fail }) with
        {
            Prints = "url http://u:hunter22@h/\n",
            Outputs = [new("api", directory.Write("out", "API_TOKEN=tok-5ecr3t\n"), directory.Write("err", "Cookie: hunter22\n"))],
        };
        var content = Sample.Bundle(suite, redactor) with { Command = ["faultbox", "test", "--env", "API_TOKEN=tok-5ecr3t"] };

        var bundle = BundleReader.Open(Sample.Write(directory, content));
        bundle.Extract(directory.File("x"));

        var everything = string.Concat(Directory.GetFiles(directory.File("x"), "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        Assert.DoesNotMatch($"hunter22|tok-5ecr3t|{Regex.Escape(Token)}", everything);
        Assert.Equal("default", bundle.Info.Manifest.GetProperty("redaction").GetString());
    }
}
