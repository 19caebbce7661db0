using Faultbox.Cli.Tests.Remotes;

namespace Faultbox.Cli.Tests.Proxies;

/// <summary>Declarations of services that are real servers and clients.</summary>
internal static class Peers
{
    /// <summary>The program <c>node</c>.</summary>
    public static string Node { get; } = Environment.GetEnvironmentVariable("PATH")!.Split(':').Select(d => Path.Combine(d, "node")).First(File.Exists);

    /// <summary>nginx as <c>up</c>: <c>web</c> over HTTP/1.1 and <c>h2</c> over HTTP/2 without TLS answer every path with method and path.</summary>
    /// <param name="space">Where it runs.</param>
    /// <param name="locations">More locations, as nginx has them.</param>
    public static string Nginx(Workspace space, string locations = "")
    {
        var (web, h2) = (FreePort.Next(), FreePort.Next());
        const string answer = "location / { default_type text/plain; return 200 \"$request_method $request_uri\"; }";
        Sockets.Nginx.Write(space, $$"""
            server { listen 127.0.0.1:{{web}}; root {{space.Directory}}; {{answer}} {{locations}} }
            server { listen 127.0.0.1:{{h2}} http2; {{answer}} }
            """);
        return $$"""
            up = service("up", "{{Sockets.Nginx.Program}}", interface("web", "http", {{web}}), interface("h2", "http2", {{h2}}),
                args = ["-p", "{{space.Directory}}", "-c", "nginx.conf"], healthcheck = tcp("localhost:{{web}}"))

            """;
    }

    /// <summary>A script of Node.js as a service.</summary>
    /// <param name="name">Name of the service and its variable.</param>
    /// <param name="script">File of the ledger's peers.</param>
    /// <param name="protocol">Protocol of its interface <c>main</c>.</param>
    /// <param name="arguments">Arguments of the script.</param>
    /// <param name="environment">More variables, as entries of a dict.</param>
    /// <param name="interfaceMore">More keywords of the interface.</param>
    /// <param name="more">More keywords of the service.</param>
    public static string Ledger(
        string name, string script, string protocol = "grpc", string arguments = "", string environment = "", string interfaceMore = "", string more = "")
    {
        var port = FreePort.Next();
        return $$"""
            {{name}} = service("{{name}}", "/bin/sh", interface("main", "{{protocol}}", {{port}}{{interfaceMore}}),
                args = ["-c", "exec {{Node}} {{Path.Combine(AppContext.BaseDirectory, "Ledger", script)}} {{arguments}} > {{name}}.log"],
                env = {"PORT": "{{port}}", "NODE_PATH": "{{NodeModules.Directory}}", {{environment}}}, healthcheck = tcp("localhost:{{port}}"){{more}})

            """;
    }

    /// <summary>A script of Python with the interface <c>main</c> as a service; its first argument is its port.</summary>
    public static string Python(string name, string script, string protocol = "tcp", string environment = "{}", string more = "", int? port = null)
    {
        var number = port ?? FreePort.Next();
        return $"{name} = service(\"{name}\", \"/usr/bin/python3\", interface(\"main\", \"{protocol}\", {number}), "
            + $"args = [\"{WebHost.Script(script)}\", \"{number}\"], env = {environment}, healthcheck = tcp(\"localhost:{number}\"){more})\n";
    }
}
