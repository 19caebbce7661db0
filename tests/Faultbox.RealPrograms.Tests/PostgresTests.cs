namespace Faultbox.RealPrograms.Tests;

/// <summary>PostgreSQL on a disk that fails: it stops rather than lie, and recovers what it acknowledged.</summary>
[Trait("Category", "Slow")]
public sealed class PostgresTests : IDisposable
{
    private static readonly string Programs = Directory.GetDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Last() + "/bin/";

    // The server refuses to run as the superuser.
    private static readonly string[] Unprivileged = Environment.IsPrivilegedProcess
        ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        : [];

    private readonly Scenario _scenario = new("postgres");

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void A_failing_disk_stops_the_server_and_loses_nothing_committed()
    {
        var database = _scenario.DataDirectory("database");
        if (Environment.IsPrivilegedProcess)
        {
            _scenario.Prepare("chown", "postgres:", database);
        }

        string[] initialize =
            [.. Unprivileged, Programs + "initdb", "-D", database, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        _scenario.Prepare(initialize[0], initialize[1..]);

        var run = _scenario.Run(new Dictionary<string, object>
        {
            ["DATABASE"] = database,
            ["GATEWAY"] = Scenario.Program("sql.py"),
            ["PORT"] = FreePort.Next(),
            ["POSTGRES"] = (string[])[.. Unprivileged, Programs + "postgres"],
            ["PSQL"] = Programs + "psql",
            ["SQL_PORT"] = FreePort.Next(),
        });

        Assert.Contains("PANIC:  could not fsync file \"base/", run.Error, StringComparison.Ordinal);
        Assert.Contains("automatic recovery in progress", run.Error, StringComparison.Ordinal);
    }
}
