# Regressions of five standardised items of the mobile-phone study: bends, instruments, copula terms.
# Usage: Rscript assessment_structure.R mobi.csv > regressions.json
suppressPackageStartupMessages({library(AER); library(jsonlite)})

answers <- read.csv(commandArgs(TRUE)[1])
n <- nrow(answers)
d <- as.data.frame(scale(answers[, c("IMAG1", "PERQ1", "PERV1", "CUSA1", "CUSL1")]))
names(d) <- c("Image", "Quality", "Value", "Satisfaction", "Loyalty")
cluster <- (seq_len(n) - 1) %/% 10
weight <- 1 + (seq_len(n) - 1) %% 3

bend <- function(w, vcov) {
  d$w <- rep_len(w, n)
  plain <- lm(Loyalty ~ Image + Satisfaction, data = d, weights = w)
  d$z <- scale(fitted(plain))[, 1]
  with <- function(terms) lm(reformulate(c("Image", "Satisfaction", terms), "Loyalty"),
                             data = d, weights = w)
  test <- function(terms) {
    found <- waldtest(plain, with(terms), vcov = vcov, test = "F")
    c(found$F[2], found$`Pr(>F)`[2])
  }
  square <- with("I(Satisfaction^2)")
  list(reset = test(c("I(z^2)", "I(z^3)")),
       path = test(c("I(Satisfaction^2)", "I(Satisfaction^3)")),
       quadratic = unname(c(coef(square)[4], sqrt(diag(vcov(square))[4]))))
}

hc4 <- function(x) sandwich::vcovHC(x, type = "HC4")
hc3 <- function(x) sandwich::vcovHC(x, type = "HC3")
between <- function(x) sandwich::vcovCL(x, cluster = cluster, type = "HC1")
bends <- list(plain = bend(1, hc4), weighted = bend(weight, hc4), clustered = bend(1, between))

staged <- function(vcov) {
  found <- ivreg(Loyalty ~ Image + Satisfaction | Image + Quality + Value, data = d)
  plain <- summary(found, diagnostics = TRUE)$diagnostics
  first <- lm(Satisfaction ~ Image + Quality + Value, data = d)
  few <- lm(Satisfaction ~ Image, data = d)
  second <- lm(Loyalty ~ Image + Satisfaction + resid(first), data = d)
  without <- lm(Loyalty ~ Image + Satisfaction, data = d)
  list(estimate = unname(coef(found)["Satisfaction"]),
       se = unname(sqrt(diag(vcov$two(found)))["Satisfaction"]),
       first_stage_f = waldtest(few, first, vcov = vcov$one)$F[2],
       hausman = waldtest(without, second, vcov = vcov$one)$F[2],
       hausman_plain = plain["Wu-Hausman", "statistic"],
       sargan = plain["Sargan", "statistic"], sargan_p = plain["Sargan", "p-value"])
}
hc1 <- function(x) sandwich::vcovHC(x, type = "HC1")
stages <- list(plain = staged(list(one = hc3, two = hc1)),
               clustered = staged(list(one = between, two = between)))

term <- function(x) qnorm(1 / (2 * n) + (n - 1) / n * rank(x) / n)
own <- lm(Loyalty ~ Image + Satisfaction + term(Satisfaction), data = d)
all <- lm(Loyalty ~ Image + Satisfaction + term(Image) + term(Satisfaction), data = d)
copula <- list(own = unname(coef(own)[c(4, 3)]), all = unname(coef(all)[c(4, 5, 2, 3)]))

cat(toJSON(list(bends = bends, stages = stages, copula = copula), auto_unbox = TRUE, digits = 12,
           pretty = TRUE))
