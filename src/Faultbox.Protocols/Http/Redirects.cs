using System.Net;

namespace Faultbox.Protocols.Http;

/// <summary>Redirects that steps and probes follow.</summary>
internal static class Redirects
{
    /// <summary>How many are followed.</summary>
    public const int Most = 10;

    /// <summary>
    /// What is wrong with the last answer of a client that follows redirects: it is one more that could be followed. Null for any other answer,
    /// also for a redirect that names no place, or one without TLS after one with it.
    /// </summary>
    public static string? ProblemOf(HttpResponseMessage answer) =>
        answer.StatusCode is HttpStatusCode.MultipleChoices or HttpStatusCode.MovedPermanently or HttpStatusCode.Found or HttpStatusCode.SeeOther
            or HttpStatusCode.TemporaryRedirect or HttpStatusCode.PermanentRedirect
        && answer.Headers.Location is { } location
        && answer.RequestMessage?.RequestUri is { } source
        && Uri.TryCreate(source, location, out var target)
        && (target.Scheme == source.Scheme || target.Scheme == Uri.UriSchemeHttps)
            ? $"more than {Most} redirects; the last one leads to {target}"
            : null;
}
