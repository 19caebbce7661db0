namespace Faultbox.RealPrograms.Tests;

/// <summary>nginx out of file descriptors.</summary>
[Trait("Category", "Slow")]
public sealed class NginxTests : IDisposable
{
    private readonly Scenario _scenario = new("nginx");

    public void Dispose() => _scenario.Dispose();

    [Fact]
    public void A_server_out_of_descriptors_reports_it_and_serves_later()
    {
        var port = FreePort.Next();
        _scenario.Write("nginx.conf", $$"""
            daemon off;
            worker_processes 1;
            pid nginx.pid;
            error_log {{_scenario.At("error.log")}};
            events { worker_connections 64; }
            http {
                access_log off;
                client_body_temp_path body;
                proxy_temp_path proxy;
                fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi;
                scgi_temp_path scgi;
                server {
                    listen 127.0.0.1:{{port}};
                    location / { return 200 "ok\n"; }
                }
            }
            """);

        _scenario.Run(new Dictionary<string, object>
        {
            ["CONFIGURATION"] = _scenario.At("nginx.conf"),
            ["PORT"] = port,
            ["PREFIX"] = _scenario.At(""),
        });

        Assert.Contains("accept4() failed (24: Too many open files)", File.ReadAllText(_scenario.At("error.log")), StringComparison.Ordinal);
    }
}
