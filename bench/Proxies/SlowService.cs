using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Faultbox.Bench.Proxies;

/// <summary>Kestrel with a handler that takes a millisecond, over HTTP/1.1 and over HTTP/2, where it answers calls of gRPC, too.</summary>
internal static class SlowService
{
    private static readonly Lapse Time = new(TimeSpan.FromMilliseconds(1));

    /// <summary>Serves until the process is ended.</summary>
    public static int Run(int http, int http2)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, http, o => o.Protocols = HttpProtocols.Http1);
            options.Listen(IPAddress.Loopback, http2, o => o.Protocols = HttpProtocols.Http2);
        });
        var server = builder.Build();
        server.Run(AnswerAsync);
        server.Run();
        return 0;
    }

    private static async Task AnswerAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(Stream.Null).ConfigureAwait(false);

        await Time.PassAsync().ConfigureAwait(false);

        if (context.Request.ContentType == "application/grpc")
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(new byte[5]).ConfigureAwait(false);
            context.Response.AppendTrailer("grpc-status", "0");
        }
        else
        {
            await context.Response.WriteAsync("done").ConfigureAwait(false);
        }
    }
}
