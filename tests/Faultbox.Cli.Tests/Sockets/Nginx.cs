namespace Faultbox.Cli.Tests.Sockets;

/// <summary>nginx as a service of a specification.</summary>
internal static class Nginx
{
    public const string Program = "/usr/sbin/nginx";

    /// <summary>Writes a configuration that answers with <c>nginx</c>, and <c>/long</c> with 400 letters.</summary>
    /// <param name="space">Where it runs.</param>
    /// <param name="listen">What it listens on, as the directive <c>listen</c> takes it.</param>
    public static void Configure(Workspace space, string listen) => Write(space, $$"""
        server {
            listen {{listen}};
            location / { default_type text/plain; return 200 "nginx"; }
            location /long { default_type text/plain; return 200 "{{new string('n', 400)}}"; }
        }
        """);

    /// <summary>Writes a configuration of one worker that keeps all of its files in the workspace.</summary>
    /// <param name="space">Where it runs.</param>
    /// <param name="servers">The blocks <c>server</c>.</param>
    public static void Write(Workspace space, string servers) => space.Write("nginx.conf", $$"""
        daemon off;
        user root;
        worker_processes 1;
        pid {{space.File("nginx.pid")}};
        error_log stderr;
        events { worker_connections 256; }
        http {
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            keepalive_requests 100000;
            {{servers}}
        }
        """);
}
